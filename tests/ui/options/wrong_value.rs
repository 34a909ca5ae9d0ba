//! A value of the wrong type is underlined, with the expected one.

#[omegi::traced(name = 3)]
fn name() {}

#[omegi::traced(name)]
fn no_name() {}

#[omegi::traced(kind = "sever")]
fn kind() {}

#[omegi::traced(kind = server)]
fn bare_kind() {}

#[omegi::traced(args = sometimes)]
fn args() {}

#[omegi::traced(args = samples)]
fn nearly_args() {}

#[omegi::traced(err(Dbug))]
fn err() -> Result<(), String> {
    Ok(())
}

#[omegi::traced(ret = on)]
fn ret() -> u8 {
    1
}

#[omegi::traced(skip)]
fn skip(x: u8) {}

#[omegi::traced(crate = "omegi")]
fn path() {}

#[omegi::traced(loops = of)]
fn loops() {}

#[omegi::traced(loops)]
fn no_loops() {}

fn main() {}
