#![no_main]

bowei_fuzz::codec_target!("netvox-r718pe");
