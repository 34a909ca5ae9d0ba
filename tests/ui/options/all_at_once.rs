//! All mistakes are reported at once, and each of them once.

#[omegi::traced(nam = "shop", kind = "servr", args, args)]
fn sell() -> u8 {
    1
}

fn main() {
    // The function itself still exists.
    let _: u8 = sell();
}
