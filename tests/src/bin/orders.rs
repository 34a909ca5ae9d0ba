//! The example of a service that never ends.

#[path = "../../../examples/service/main.rs"]
mod orders;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    orders::main()
}
