#![no_main]

bowei_fuzz::codec_target!("pni-placepod");
