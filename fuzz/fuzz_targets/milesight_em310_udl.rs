#![no_main]

bowei_fuzz::codec_target!("milesight-em310-udl");
