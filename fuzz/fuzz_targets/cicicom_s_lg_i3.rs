#![no_main]

bowei_fuzz::codec_target!("cicicom-s-lg-i3");
