#![no_main]

bowei_fuzz::codec_target!("tekzitel-tekzipark");
