#![no_main]

bowei_fuzz::codec_target!("bosch-tps110");
