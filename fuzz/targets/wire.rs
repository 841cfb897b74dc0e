#![no_main]

#[path = "../checks/mod.rs"]
#[expect(unused_imports, reason = "each target uses one of the checks")]
mod checks;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| checks::wire(bytes));
