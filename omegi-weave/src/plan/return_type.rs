//! Decides whether a value of a return type may report that the call failed.

use proc_macro2::{Ident, Span};
use syn::visit_mut::{self, VisitMut};
use syn::{
    GenericArgument, Path, PathArguments, PathSegment, ReturnType, Type, TypeParamBound, TypePath,
    parse_quote,
};

use crate::parse::option_values::ContextType;
use crate::plan::naming;

/// The known facts about the names in a function's return type.
#[derive(Clone, Default)]
pub(crate) struct TypeScope {
    /// Type parameters. A value of one never counts as a `Result`.
    pub(crate) generics: Vec<Ident>,
    /// True if `Self` can be a `Result`: in an `impl` for one.
    pub(crate) failing_self: bool,
    /// True if `None` counts as an error.
    pub(crate) none_is_error: bool,
    /// The associated types of an `impl`: `Error` in `Self::Error`, and its type.
    pub(crate) associated: Vec<(Ident, Type)>,
    /// The names of the crate's types that may be a `Result`, if known. Any other name counts as
    /// one only if it contains `Result`.
    pub(crate) results: Option<Vec<Ident>>,
    /// True if the code around is unknown: the function may be a method of any type.
    pub(crate) is_context_unknown: bool,
}

impl TypeScope {
    /// Returns the scope that a late attribute tells.
    pub(crate) fn of_told(types: &[ContextType]) -> Self {
        let mut scope = Self::default();
        for ContextType { name, value } in types {
            match value {
                Some(value) => scope.associated.push((name.clone(), value.clone())),
                None if name == "Self" => scope.failing_self = true,
                None => scope.generics.push(name.clone()),
            }
        }
        scope
    }

    /// Returns the types that a late attribute tells of this scope.
    pub(crate) fn told(&self) -> Vec<ContextType> {
        let simple = |name: &Ident| ContextType { name: name.clone(), value: None };
        let failing_self = self
            .failing_self
            .then(|| ContextType { name: Ident::new("Self", Span::call_site()), value: None });
        let generics = self.generics.iter().map(simple);
        let associated = self
            .associated
            .iter()
            .map(|(name, ty)| ContextType { name: name.clone(), value: Some(ty.clone()) });
        generics.chain(failing_self).chain(associated).collect()
    }

    /// Returns whether `name` may be a type parameter, or `Self`, which may have some.
    pub(crate) fn may_be_generic(&self, name: &Ident) -> bool {
        let is_known = || PRIMITIVES.iter().chain(&NEVER_FAILING).any(|known| name == known);
        name == "Self" || self.generics.contains(name) || (self.is_context_unknown && !is_known())
    }
}

/// Types of std whose values never report that a call failed. If the crate's aliases are not known,
/// any other path may be an alias of `Result`.
const NEVER_FAILING: [&str; 37] = [
    "Arc",
    "BTreeMap",
    "BTreeSet",
    "BinaryHeap",
    "Box",
    "CString",
    "Cell",
    "ControlFlow",
    "Cow",
    "Duration",
    "Error",
    "ExitCode",
    "HashMap",
    "HashSet",
    "Instant",
    "JoinHandle",
    "Layout",
    "LinkedList",
    "Mutex",
    "MutexGuard",
    "NonNull",
    "NonZero",
    "Ordering",
    "OsString",
    "PathBuf",
    "PhantomData",
    "Pin",
    "Range",
    "Rc",
    "Ref",
    "RefCell",
    "RefMut",
    "RwLock",
    "String",
    "SystemTime",
    "Vec",
    "VecDeque",
];

const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
    "u64", "u128", "usize",
];

/// The traits of functions.
const FUNCTION_TRAITS: [&str; 6] = ["AsyncFn", "AsyncFnMut", "AsyncFnOnce", "Fn", "FnMut", "FnOnce"];

/// Returns whether a value of type `ty` may report that the call failed.
pub(crate) fn may_fail(ty: &Type, scope: &TypeScope) -> bool {
    match ty {
        Type::Path(ty) if ty.qself.is_none() => path_may_fail(ty, scope),
        Type::Path(_) | Type::Macro(_) => true,
        Type::Paren(ty) => may_fail(&ty.elem, scope),
        Type::Group(ty) => may_fail(&ty.elem, scope),
        _ => false,
    }
}

fn path_may_fail(ty: &TypePath, scope: &TypeScope) -> bool {
    let Some(segment) = ty.path.segments.last() else { return false };
    if let Some(only) = ty.path.get_ident() {
        if only == "Self" {
            return scope.failing_self;
        }
        if scope.generics.contains(only) || PRIMITIVES.iter().any(|name| only == name) {
            return false;
        }
    }
    if segment.ident == "Poll" {
        return first_argument(segment).is_none_or(|ready| ready_may_fail(ready, scope));
    }
    if segment.ident == "Option" {
        return scope.none_is_error;
    }
    if NEVER_FAILING.iter().any(|name| segment.ident == name) {
        return false;
    }
    match &scope.results {
        Some(results) if !is_associated(&ty.path) => {
            naming::contains_result(&segment.ident) || results.contains(&segment.ident)
        }
        _ => associated(&ty.path, scope).is_none_or(|ty| may_fail(ty, scope)),
    }
}

/// Returns whether this is an associated type: `Self::Answer`, `T::Output`.
fn is_associated(path: &Path) -> bool {
    path.segments.len() > 1 && naming::starts_upper_case(&path.segments[0].ident)
}

/// Returns the type that an `impl` gives to `Self::Answer`.
fn associated<'s>(path: &Path, scope: &'s TypeScope) -> Option<&'s Type> {
    let own = path.segments.len() == 2 && path.segments[0].ident == "Self";
    let named = scope.associated.iter().find(|(of, _)| own && *of == path.segments[1].ident);
    named.map(|(_, ty)| ty)
}

/// Returns whether `ty` is named `Result`; then `Self` is a `Result` in an `impl` for it.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(ty) if ty.path.segments.last().is_some_and(|segment| segment.ident == "Result"))
}

/// Looks inside a stream's `Poll<Option<Result<…>>>` and a future's `Poll<Result<…>>`.
fn ready_may_fail(ready: &Type, scope: &TypeScope) -> bool {
    option_content(ready).map_or_else(|| may_fail(ready, scope), |item| may_fail(item, scope))
}

/// Returns the name of a type that is nothing but a name.
pub(crate) fn simple_name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(TypePath { qself: None, path, .. }) => path.get_ident(),
        _ => None,
    }
}

/// Returns whether this is `!`.
pub(crate) fn is_never(ty: &Type) -> bool {
    match ty {
        Type::Never(_) => true,
        Type::Paren(ty) => is_never(&ty.elem),
        Type::Group(ty) => is_never(&ty.elem),
        _ => false,
    }
}

/// Returns whether this is `impl Fn(…) -> …`.
///
/// The compiler infers the arguments of a returned closure from such a type, if no other code
/// stands in between.
pub(crate) fn is_opaque_function(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(ty) => ty.bounds.iter().any(is_function),
        Type::Paren(ty) => is_opaque_function(&ty.elem),
        Type::Group(ty) => is_opaque_function(&ty.elem),
        _ => false,
    }
}

fn is_function(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    let name = bound.path.segments.last().map(|segment| &segment.ident);
    name.is_some_and(|name| FUNCTION_TRAITS.iter().any(|function| name == function))
}

/// Returns the `T` of an `Option<T>`.
pub(crate) fn option_content(ty: &Type) -> Option<&Type> {
    let Type::Path(ty) = ty else { return None };
    let segment = ty.path.segments.last()?;
    if segment.ident == "Option" { first_argument(segment) } else { None }
}

fn first_argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// Returns whether dropping a value of this type certainly does nothing.
pub(crate) fn is_inert(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Path(ty) => ty.path.get_ident().is_some_and(|only| PRIMITIVES.iter().any(|name| only == name)),
        Type::Tuple(ty) => ty.elems.iter().all(is_inert),
        Type::Array(ty) => is_inert(&ty.elem),
        _ => false,
    }
}

/// Returns the type that a function declares to return; `None` for `()`.
pub(crate) fn written(output: &ReturnType) -> Option<&Type> {
    match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(ty),
    }
}

/// Returns the type in a form that a body allows, without `impl Trait`: `Result<_, E>` for
/// `Result<impl Read, E>`.
pub(crate) fn without_impl_trait(ty: &Type) -> Type {
    struct Erase;
    impl VisitMut for Erase {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            match ty {
                Type::ImplTrait(_) => *ty = parse_quote!(_),
                ty => visit_mut::visit_type_mut(self, ty),
            }
        }
    }
    let mut ty = ty.clone();
    Erase.visit_type_mut(&mut ty);
    ty
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::parse_str;

    fn fails(text: &str, scope: &TypeScope) -> bool {
        may_fail(&parse_str(text).unwrap(), scope)
    }

    #[test]
    fn aliases_may_be_results_and_std_types_are_not() {
        let scope = TypeScope { generics: vec![parse_str("T").unwrap()], ..TypeScope::default() };
        for text in
            ["Result<u8, E>", "io::Result<()>", "Answer", "T::Output", "<T as X>::Y", "Poll<Result<u8, E>>"]
        {
            assert!(fails(text, &scope), "{text}");
        }
        assert!(fails("Poll<Option<Result<u8, E>>>", &scope));
        for text in [
            "u8",
            "String",
            "Vec<Result<u8, E>>",
            "T",
            "Self",
            "&Result<u8, E>",
            "(Result<u8, E>,)",
            "[u8; 2]",
            "!",
        ] {
            assert!(!fails(text, &scope), "{text}");
        }
        for text in ["Option<u8>", "Poll<()>", "impl Iterator", "Box<dyn Error>", "Poll<Option<u8>>", "dyn X"]
        {
            assert!(!fails(text, &scope), "{text}");
        }
    }

    #[test]
    fn other_types_are_no_results_if_the_aliases_are_known() {
        let results = Some(vec![parse_str("Answer").unwrap()]);
        let associated = vec![
            (parse_str("Stored").unwrap(), parse_str("Cart").unwrap()),
            (parse_str("Failed").unwrap(), parse_str("Result<u8, E>").unwrap()),
        ];
        let scope = TypeScope { results, associated, ..TypeScope::default() };
        for text in ["Answer", "shop::Answer", "io::Result<()>", "LockResult<T>", "T::Output", "Self::Failed"]
        {
            assert!(fails(text, &scope), "{text}");
        }
        for text in ["Cart", "shop::Cart<Result<u8, E>>", "Self::Stored"] {
            assert!(!fails(text, &scope), "{text}");
        }
    }

    #[test]
    fn none_and_self_fail_if_the_scope_allows_it() {
        assert!(fails("Option<u8>", &TypeScope { none_is_error: true, ..TypeScope::default() }));
        assert!(fails("Self", &TypeScope { failing_self: true, ..TypeScope::default() }));
    }

    #[test]
    fn impl_trait_is_left_to_inference() {
        let ty = without_impl_trait(&parse_str("Result<impl Read + 'a, Box<dyn Error>>").unwrap());
        assert_eq!(ty.to_token_stream().to_string(), "Result < _ , Box < dyn Error > >");
    }

    #[test]
    fn function_traits_are_recognised() {
        for (text, expected) in [
            ("impl Fn(u8) -> u8", true),
            ("impl Send + for<'a> FnOnce(&'a str)", true),
            ("impl Iterator", false),
            ("Result<impl Fn(), E>", false),
        ] {
            assert_eq!(is_opaque_function(&parse_str(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn inert_types_have_nothing_to_drop() {
        for (text, expected) in
            [("&mut T", true), ("u8", true), ("(u8, &T)", true), ("[u8; 4]", true), ("T", false)]
        {
            assert_eq!(is_inert(&parse_str(text).unwrap()), expected, "{text}");
        }
    }
}
