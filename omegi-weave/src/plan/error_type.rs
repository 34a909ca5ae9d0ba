//! Decides which traits of the error in a return type may be used, which depends on lifetimes.
//!
//! The runtime selects the best description of an error by autoref specialisation, which always
//! compiles, with one exception. The compiler chooses an impl without lifetimes and checks them
//! afterwards. It chooses `Error` for a type that is an `Error` only if it is `'static`, and then
//! refuses it elsewhere:
//!
//! ```text
//! impl<T: 'static> Error for Full<T> {}             // as thiserror writes it for `#[source] T`
//! fn push<T>(item: T) -> Result<(), Full<T>> { … }  // the type `T` may not live long enough
//! ```
//!
//! An error that is made of types that may borrow therefore offers its `Display` at best, which
//! never depends on lifetimes. A type parameter alone, or a type associated with one, is safe: its
//! bounds list all its traits.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, Lifetime, PathArguments, PathSegment, Type, TypeImplTrait, TypePath, TypeReference,
};

use crate::plan::return_type::{self, TypeScope};

/// Returns whether the error in a value of type `ty` may implement `Error` only for some lifetimes.
pub(crate) fn is_conditional(ty: &Type, scope: &TypeScope) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return true };
    let Some(segment) = path.segments.last() else { return false };
    let types: Vec<_> = types(segment).collect();
    match types.as_slice() {
        [ready] if segment.ident == "Poll" => {
            is_conditional(return_type::option_content(ready).unwrap_or(ready), scope)
        }
        // `io::Result<T>`: the error has no parameter.
        [_] if segment.ident == "Result" => false,
        [_, error] if segment.ident == "Result" => is_made_of_borrows(error, scope),
        // An alias may put its arguments into the error, or stand for one of another `impl`.
        _ => is_own(&path.segments[0]) || arguments_may_borrow(segment, scope),
    }
}

/// Returns whether the compiler infers the error in a value of type `ty` from the function's body:
/// in `Result<T, impl Trait>`. Its traits are unknown until the compiler has read the whole body.
pub(crate) fn is_inferred(ty: &Type) -> bool {
    let Type::Path(TypePath { qself: None, path, .. }) = ty else { return contains_impl_trait(ty) };
    let Some(segment) = path.segments.last() else { return false };
    let types: Vec<_> = types(segment).collect();
    match types.as_slice() {
        [ready] if segment.ident == "Poll" => {
            is_inferred(return_type::option_content(ready).unwrap_or(ready))
        }
        [_] if segment.ident == "Result" => false,
        [_, error] if segment.ident == "Result" => contains_impl_trait(error),
        types => types.iter().any(|ty| contains_impl_trait(ty)),
    }
}

/// Returns whether `impl Trait` is a part of this type.
pub(crate) fn contains_impl_trait(ty: &Type) -> bool {
    struct ImplTraitSearch(bool);
    impl VisitMut for ImplTraitSearch {
        fn visit_type_impl_trait_mut(&mut self, _: &mut TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut search = ImplTraitSearch(false);
    search.visit_type_mut(&mut ty.clone());
    search.0
}

/// Returns whether an error type is made of others that may borrow.
fn is_made_of_borrows(error: &Type, scope: &TypeScope) -> bool {
    match error {
        Type::Path(TypePath { qself: None, path, .. }) if is_own(&path.segments[0]) => {
            match path.segments.iter().nth(1) {
                Some(name) => own_is_made_of_borrows(&name.ident, scope),
                None => true,
            }
        }
        Type::Path(TypePath { qself: None, path, .. }) => {
            path.segments.iter().any(|segment| arguments_may_borrow(segment, scope))
        }
        Type::Path(TypePath { qself: Some(of), .. }) => {
            return_type::simple_name(&of.ty).is_none_or(|name| name == "Self")
        }
        Type::Paren(ty) => is_made_of_borrows(&ty.elem, scope),
        Type::Group(ty) => is_made_of_borrows(&ty.elem, scope),
        ty => may_borrow(ty, scope),
    }
}

/// Returns the same for `Self::Error`, which an `impl` defines and a trait only bounds.
fn own_is_made_of_borrows(name: &Ident, scope: &TypeScope) -> bool {
    let named = scope.associated.iter().find(|(of, _)| of == name);
    match named {
        Some((_, Type::Path(ty))) if ty.qself.is_none() && is_own(&ty.path.segments[0]) => true,
        Some((_, ty)) => is_made_of_borrows(ty, scope),
        None => scope.is_context_unknown,
    }
}

fn is_own(segment: &PathSegment) -> bool {
    segment.ident == "Self"
}

fn types(segment: &PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns whether an argument of a type may borrow. Lifetimes count: `Failure<'a>` may be an alias
/// of `Box<dyn Error + 'a>`.
fn arguments_may_borrow(segment: &PathSegment, scope: &TypeScope) -> bool {
    let mut arguments = segment.arguments.clone();
    search(scope, |search| search.visit_path_arguments_mut(&mut arguments))
}

/// Returns whether a value of this type may hold a borrow that ends.
fn may_borrow(ty: &Type, scope: &TypeScope) -> bool {
    let mut ty = ty.clone();
    search(scope, |search| search.visit_type_mut(&mut ty))
}

fn search(scope: &TypeScope, visit: impl FnOnce(&mut BorrowSearch)) -> bool {
    let mut search = BorrowSearch { scope, found: false };
    visit(&mut search);
    search.found
}

/// Searches a type for a part that may borrow. It changes nothing; syn's read-only visitor would be
/// one more to compile.
struct BorrowSearch<'a> {
    scope: &'a TypeScope,
    found: bool,
}

impl VisitMut for BorrowSearch<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        self.found |= return_type::simple_name(ty).is_some_and(|name| self.scope.may_be_generic(name));
        visit_mut::visit_type_mut(self, ty);
    }

    fn visit_type_reference_mut(&mut self, ty: &mut TypeReference) {
        self.found |= ty.lifetime.is_none();
        visit_mut::visit_type_reference_mut(self, ty);
    }

    fn visit_type_impl_trait_mut(&mut self, _: &mut TypeImplTrait) {
        self.found = true;
    }

    // `Self::Error` and `T::Error`.
    fn visit_type_path_mut(&mut self, ty: &mut TypePath) {
        self.found |= ty.path.segments.first().is_some_and(|first| self.scope.may_be_generic(&first.ident))
            && ty.path.segments.len() > 1;
        visit_mut::visit_type_path_mut(self, ty);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        self.found |= lifetime.ident != "static";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_str;

    fn conditional(text: &str, scope: &TypeScope) -> bool {
        is_conditional(&parse_str(text).unwrap(), scope)
    }

    #[test]
    fn errors_made_of_borrowing_types_are_conditional() {
        let scope = TypeScope { generics: vec![parse_str("T").unwrap()], ..TypeScope::default() };
        for text in [
            "Result<(), Full<T>>",
            "Result<(), Full<&str>>",
            "Result<(), Full<Foo<'a>>>",
            "Result<(), Full<T::Item>>",
            "Result<(), Full<Vec<Self>>>",
            "Result<(), Full<impl Error>>",
            "Result<(), Box<dyn Error + 'a>>",
            "Result<(), Failure<'_>>",
            "Result<(), Self>",
            "Result<(), &'a dyn Error>",
            "Poll<Result<(), Full<T>>>",
            "Poll<Option<Result<(), Full<T>>>>",
            "PushResult<T>",
            "Parsed<'a>",
            "Self::Output",
        ] {
            assert!(conditional(text, &scope), "{text}");
        }
        for text in [
            "Result<T, Failed>",
            "Result<Self, Full<String>>",
            "Result<(), T>",
            "Result<(), T::Error>",
            "Result<(), <T as Service>::Error>",
            "Result<(), Self::Error>",
            "Result<&T, io::Error>",
            "Result<&T, Unexpected<'static>>",
            "Result<(), &'static str>",
            "Result<(), Box<dyn Error + Send + 'static>>",
            "io::Result<T>",
            "Answer",
            "Parsed<String>",
        ] {
            assert!(!conditional(text, &scope), "{text}");
        }
    }

    #[test]
    fn an_error_behind_impl_trait_is_inferred() {
        for (text, expected) in [
            ("Result<u8, impl Answer>", true),
            ("Result<u8, Box<impl Answer>>", true),
            ("Poll<Option<Result<u8, impl Answer>>>", true),
            ("Answer<impl Error>", true),
            ("Result<impl Read, io::Error>", false),
            ("io::Result<impl Read>", false),
            ("Result<u8, Failed>", false),
        ] {
            assert_eq!(is_inferred(&parse_str(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn an_impl_defines_its_own_error() {
        let scope = |error: &str| TypeScope {
            generics: vec![parse_str("S").unwrap()],
            associated: vec![(parse_str("Error").unwrap(), parse_str(error).unwrap())],
            ..TypeScope::default()
        };
        assert!(conditional("Result<(), Self::Error>", &scope("Wrapped<S::Error>")));
        assert!(!conditional("Result<(), Self::Error>", &scope("S::Error")));
        assert!(!conditional("Result<(), Self::Error>", &scope("io::Error")));
    }

    #[test]
    fn a_function_without_context_may_be_a_method_of_any_type() {
        let scope = TypeScope { is_context_unknown: true, ..TypeScope::default() };
        for text in ["Result<(), Self::Error>", "Result<(), Full<T>>"] {
            assert!(conditional(text, &scope), "{text}");
        }
        for text in ["Result<T, Failed>", "Result<(), Full<String>>", "Result<(), Full<u8>>"] {
            assert!(!conditional(text, &scope), "{text}");
        }
    }
}
