#![no_main]

bowei_fuzz::message_target!(["bowei/v1/bay-620001/up"], "native");
