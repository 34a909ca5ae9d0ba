//! A shared library whose one function is instrumented; loaded and unloaded by `host.rs`.

#[omegi::traced]
fn find(item: u32) -> Result<u32, String> {
    Err(format!("no item {item}"))
}

#[unsafe(no_mangle)]
pub extern "C" fn call() {
    let _ = find(12);
}
