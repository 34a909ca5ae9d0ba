//! What the compiler says about mistakes: in the options of an attribute, and in a woven function.
//!
//! One rule for each file of `ui/`. Where a message is meant to change: `TRYBUILD=overwrite cargo
//! test --test ui`.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/options/*.rs");
    cases.compile_fail("ui/items/*.rs");
    cases.compile_fail("ui/bodies/*.rs");
    cases.pass("ui/pass/*.rs");
}
