//! The compiler's messages about mistakes: in the options of an attribute, and in a woven function.
//!
//! Each file of `ui/` tests one rule. To change a message on purpose: `TRYBUILD=overwrite cargo
//! test --test ui`.

#[test]
fn messages() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/options/*.rs");
    cases.compile_fail("ui/items/*.rs");
    cases.compile_fail("ui/bodies/*.rs");
    cases.pass("ui/pass/*.rs");
}
