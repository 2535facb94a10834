#![no_main]

bowei_fuzz::codec_target!("milesight-vs34x");
