#![no_main]

bowei_fuzz::codec_target!("nwave-ncc405");
