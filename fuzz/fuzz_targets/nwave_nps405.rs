#![no_main]

bowei_fuzz::codec_target!("nwave-nps405");
