#![no_main]

bowei_fuzz::codec_target!("milesight-nb-iot");
