//! Conclusions from the spelling of a name.

use syn::{Expr, Ident};

/// Returns whether a name is that of a type, a variant or a constant, not of a variable or
/// function.
pub(crate) fn starts_upper_case(name: &Ident) -> bool {
    name.to_string().trim_start_matches("r#").starts_with(char::is_uppercase)
}

/// Returns whether the author marked a variable as unused.
pub(crate) fn is_underscored(name: &Ident) -> bool {
    name.to_string().starts_with('_')
}

/// Returns whether a name is a usual one for an alias of `Result`: `IoResult`, `ParseResult`.
pub(crate) fn contains_result(name: &Ident) -> bool {
    name.to_string().contains("Result")
}

/// Returns whether a call only puts a value together: `Some(x)`, `Point(1, 2)`. `Err(e)` starts an
/// error.
pub(crate) fn is_constructor(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let name = path.path.segments.last().map(|segment| &segment.ident);
    name.is_some_and(|name| name != "Err" && starts_upper_case(name))
}
