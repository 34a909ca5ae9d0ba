//! Writes a woven function: the shapes that a [`Plan`] can have.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprReference, Signature, Stmt, Token, Type, parse_quote, token,
};

use crate::desugar::Operator;
use crate::marker::SPAN;
use crate::options::{Field, Form};
use crate::plan::{Asked, Plan, Returned, Shape, hygienic};
use crate::{arguments, awaits, diverts, flat, futures, marks, site, spawns};

/// Weaves one function in place.
pub(crate) fn expand(plan: &Plan, sig: &mut Signature, body: &mut Block) {
    if plan.carries_spawns {
        spawns::carry(sig, body, &plan.site, &plan.private);
    }
    match plan.shape {
        Shape::Guard => guard(plan, body),
        Shape::Closure => closure(plan, sig, body),
        Shape::Returns => returns(plan, body),
        Shape::Async => in_place(plan, body, None, TokenStream::new()),
        Shape::Nested => nested(plan, sig, body),
        Shape::AsyncBlock => async_block(plan, body),
    }
}

// Input:
//     fn f(a: A) { BODY }
//
// Output:
//     fn f(a: A) {
//         let mut __omegi_span = ::omegi::private::enter(SITE);
//         CAPTURES
//         BODY
//     }
fn guard(plan: &Plan, body: &mut Block) {
    begin(body, opening(plan, None));
}

// Input:
//     fn f(a: A) -> Ret { … return X; … Y? … TAIL }
//
// Output:
//     fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::enter(SITE);
//         CAPTURES
//         … return ::omegi::private::show::<Ret>(X, LOOK);
//         … (::omegi::private::mark_and_fail(Y, &mut __omegi_span, const { ::omegi::private::here() }))?
//         … ::omegi::private::show::<Ret>(TAIL, LOOK)
//     }
//
//     LOOK = |__omegi_ret| { ::omegi::private::outcome!(__omegi_span, __omegi_ret) }
fn returns(plan: &Plan, body: &mut Block) {
    if plan.outcome.is_some() {
        marks::mark_and_fail(body, &plan.private);
    }
    if let Some(output) = &plan.output {
        show_values(plan, output, body);
    }
    begin(body, opening(plan, None));
}

/// Shows every value that is seen to leave the function.
fn show_values(plan: &Plan, output: &Type, body: &mut Block) {
    marks::each_value(body, &mut |value, place| {
        let mut attrs = marks::attrs(value).map(std::mem::take).unwrap_or_default();
        if marks::may_never_return(value) {
            // Where it never does, what shows its value is never reached.
            place.allow(&mut attrs, parse_quote!(#[allow(unreachable_code)]));
        }
        let returned = std::mem::replace(value, Expr::PLACEHOLDER);
        let args = Punctuated::from_iter([returned, Expr::Verbatim(look(plan))]);
        let func = Box::new(Expr::Verbatim(show(plan, output)));
        *value = Expr::Call(ExprCall { attrs, func, paren_token: token::Paren::default(), args });
    });
}

/// `show` for values of type `output`: what is wrong about one is said of it alone, if that is known beforehand.
fn show(plan: &Plan, output: &Type) -> TokenStream {
    let (private, show) = (&plan.private, hygienic("show"));
    quote!(#private::#show::<#output>)
}

/// What `show` does with a value.
fn look(plan: &Plan) -> TokenStream {
    let ret = hygienic(RET);
    let closing = closing(plan, &ret.to_token_stream());
    quote!(|#ret| { #closing })
}

// Input:
//     fn f(a: A) -> Ret { BODY }
//
// Output:
//     fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::enter(SITE);
//         CAPTURES
//         let __omegi_ret = ::omegi::private::run(move || -> Ret { let _ = &a; BODY });
//         ::omegi::private::outcome!(__omegi_span, &__omegi_ret);
//         __omegi_ret
//     }
fn closure(plan: &Plan, sig: &mut Signature, body: &mut Block) {
    let (private, output, ret) = (&plan.private, &plan.output, hygienic(RET));
    let opening = opening(plan, None);
    let inner = inner_body(plan, sig, body, TokenStream::new());
    // At the body's place, or the compiler no longer names the variables that the body borrows or moves.
    let body_in_closure = quote_spanned!(place(body)=> (move || -> #output #inner));
    let closing = closing(plan, &quote!(&#ret));
    replace(body, quote!(#opening let #ret = #private::run #body_in_closure; #closing #ret));
}

// Input:
//     async fn f(a: A) -> Ret { … E.await … return X; … Y? … TAIL }
//
// Output, if nothing can hide in the body (see `flat`):
//     async fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::task(SITE);
//         CAPTURES
//         … match E { … }                                                             (see `awaits`)
//         … return ::omegi::private::show::<Ret>(X, LOOK);
//         … match ::omegi::private::divert(Y) { … }                                    (see `diverts`)
//         … ::omegi::private::show::<Ret>(TAIL, LOOK)
//     }
fn in_place(plan: &Plan, body: &mut Block, present: Option<&[Ident]>, hint: TokenStream) {
    if let Some(output) = plan.output.as_ref().filter(|_| looks_at_result(plan)) {
        show_values(plan, output, body);
        if plan.outcome.is_some() {
            diverts::in_place(body, output, &plan.private, &|value| shown(plan, output, &value));
        }
    }
    awaits::in_place(body, &plan.private);
    let opening = opening(plan, present);
    begin(body, quote!(#opening #hint));
}

fn shown(plan: &Plan, output: &Type, value: &TokenStream) -> TokenStream {
    let (show, look) = (show(plan, output), look(plan));
    quote!(#show(#value, #look))
}

// Input:
//     async fn f(a: A) -> Ret { BODY }
//
// Output, if something may hide in the body:
//     async fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::task(SITE);
//         CAPTURES
//         let __omegi_ret: Ret = match async move { HINT; let _ = &a; BODY } { … };
//         ::omegi::private::outcome!(__omegi_span, &__omegi_ret);
//         __omegi_ret
//     }
fn nested(plan: &Plan, sig: &mut Signature, body: &mut Block) {
    let opening = opening(plan, None);
    let inner = inner_body(plan, sig, body, type_hint(plan));
    let waited = waited(plan, quote_spanned!(place(body)=> async move #inner), place(body));
    replace(body, quote!(#opening #waited));
}

// Input:
//     fn f(a: A) -> Pin<Box<dyn Future<Output = Ret>>> {
//         …
//         Box::pin(async move { BODY })
//     }
//
// Output: the block's body becomes what an `async fn`'s would, in one form or the other.
//     fn f(a: A) -> Pin<Box<dyn Future<Output = Ret>>> {
//         …
//         Box::pin(async move {
//             let mut __omegi_span = ::omegi::private::task(SITE);
//             CAPTURES
//             HINT;
//             …
//         })
//     }
fn async_block(plan: &Plan, body: &mut Block) {
    marks::each_value(body, &mut |value, _| {
        if let Some(block) = futures::block_mut(value) {
            weave_block(plan, block);
        }
    });
}

fn weave_block(plan: &Plan, block: &mut ExprAsync) {
    let taken = plan.capture.only_taken.then(|| futures::taken_whole(block));
    if flat::fits(&block.block, looks_at_result(plan)) {
        in_place(plan, &mut block.block, taken.as_deref(), type_hint(plan));
    } else {
        let opening = opening(plan, taken.as_deref());
        let inner = marked(plan, &mut block.block, type_hint(plan));
        let (keyword, capture) = (block.async_token, block.capture);
        let waited = waited(plan, quote!(#keyword #capture #inner), place(&block.block));
        replace(&mut block.block, quote!(#opening #waited));
    }
}

const RET: &str = "__omegi_ret";

/// Opens the span, and captures what is to be captured at entry: of the arguments only those that are `present`, if
/// that is not all.
fn opening(plan: &Plan, present: Option<&[Ident]>) -> TokenStream {
    let (private, span, open) = (&plan.private, hygienic(SPAN), hygienic(plan.shape.opened_by()));
    let site = site::of_function(&plan.site, private);
    let (captures, fields) = (captures(plan, present), fields(plan));
    quote!(let mut #span = #private::#open(#site); #captures #fields)
}

/// Captures the arguments, if they are asked for.
fn captures(plan: &Plan, present: Option<&[Ident]>) -> Option<TokenStream> {
    let capture = |key: &str, value| call(plan, "capture", key, &value);
    let is_present = |name: &_| present.is_none_or(|present| present.contains(name));
    let wanted = |name: &_| is_present(name) && plan.capture.wants(name);
    let is_taken = plan.shape.takes_arguments();
    let captures = plan.arguments.iter().filter_map(|argument| argument.capture(wanted, capture, is_taken));
    let captures: TokenStream = captures.collect();
    let when = plan.capture.when.filter(|_| !captures.is_empty())?;
    Some(only_when(plan, when, &captures))
}

/// Records the attributes that the author named, if anything is recorded.
fn fields(plan: &Plan) -> Option<TokenStream> {
    let fields: TokenStream = plan.fields.iter().map(|field| record(plan, field)).collect();
    (!fields.is_empty()).then(|| only_when(plan, "is_recording", &fields))
}

fn record(plan: &Plan, Field { key, form, value }: &Field) -> TokenStream {
    let capture = match form {
        Form::Natural => "capture",
        Form::Display => "capture_display",
        Form::Debug => "capture_debug",
    };
    // As a tree, so that it gets parentheses where it needs them and only there.
    let reference = ExprReference {
        attrs: Vec::new(),
        and_token: <Token![&]>::default(),
        mutability: None,
        expr: Box::new(value.clone()),
    };
    call(plan, capture, key, &reference.into_token_stream())
}

fn call(plan: &Plan, capture: &str, key: &str, value: &TokenStream) -> TokenStream {
    let (private, span, capture) = (&plan.private, hygienic(SPAN), hygienic(capture));
    quote!(#private::#capture!(#span, #key, #value);)
}

/// `statements` under the condition that the span's method `when` holds.
fn only_when(plan: &Plan, when: &str, statements: &TokenStream) -> TokenStream {
    let method = method(plan, when);
    let span = hygienic(SPAN);
    quote!(if #method(&mut #span) { #statements })
}

/// A method of the span, by its path: a trait of the user's may have one of that name for every type.
fn method(plan: &Plan, name: &str) -> TokenStream {
    let (private, name) = (&plan.private, hygienic(name));
    let ty = hygienic(plan.shape.span_type());
    quote!(#private::#ty::#name)
}

/// Looks at the returned value, to which `ret` is a reference.
fn closing(plan: &Plan, ret: &TokenStream) -> TokenStream {
    let (private, span) = (&plan.private, hygienic(SPAN));
    let outcome = plan.outcome.map(|asked| match asked {
        Asked::By(outcome) => {
            let outcome = hygienic(outcome);
            quote!(#private::#outcome!(#span, #ret);)
        }
        Asked::ForDisplay => displayed(plan, ret),
    });
    let capture = || call(plan, "capture", "omegi.return", ret);
    let returned = match plan.returned {
        Returned::Never => None,
        Returned::Environment => Some(only_when(plan, "wants_arguments", &capture())),
        Returned::Always => Some(only_when(plan, "is_recording", &capture())),
    };
    quote!(#outcome #returned)
}

/// Asks the returned value for an error, and that for nothing better than its `Display`: what `outcome!` does, with as
/// many references as begin there.
fn displayed(plan: &Plan, ret: &TokenStream) -> TokenStream {
    let (private, span) = (&plan.private, hygienic(SPAN));
    quote! {{
        #[allow(unused_imports)]
        use #private::choices::*;
        (&&&&#private::Probe(#ret)).__omegi_failed(&mut #span);
    }}
}

/// Waits for the body's future, and looks at what it is ready with if that can say anything.
fn waited(plan: &Plan, future: TokenStream, place: Span) -> TokenStream {
    let operator = Operator { attrs: Vec::new(), operand: Expr::Verbatim(future), place };
    let waited = awaits::awaited(operator, &plan.private);
    match &plan.output {
        Some(output) if looks_at_result(plan) => {
            let ret = hygienic(RET);
            let closing = closing(plan, &quote!(&#ret));
            quote!(let #ret: #output = #waited; #closing #ret)
        }
        _ => waited.into_token_stream(),
    }
}

fn looks_at_result(plan: &Plan) -> bool {
    plan.outcome.is_some() || plan.returned == Returned::Always
}

/// The body as it stands inside a closure or future that takes the arguments.
fn inner_body(plan: &Plan, sig: &mut Signature, body: &mut Block, hint: TokenStream) -> TokenStream {
    arguments::name_wholes(sig, &plan.arguments);
    let taken = arguments::take(&plan.arguments);
    marked(plan, body, quote!(#hint #taken))
}

/// The body with its `?` marked and with `first` as its first statements.
fn marked(plan: &Plan, body: &mut Block, first: TokenStream) -> TokenStream {
    if plan.outcome.is_some() {
        marks::mark(body, &plan.private);
    }
    if !first.is_empty() {
        begin(body, first);
    }
    body.to_token_stream()
}

/// Puts `first` before everything that the body does.
fn begin(body: &mut Block, first: TokenStream) {
    body.stmts.insert(leading_items(body), verbatim(first));
}

/// An `async` block has no place to write its type: a `return` that is never reached tells the compiler, so that the
/// others are converted to it as in a function that declares its type.
fn type_hint(plan: &Plan) -> TokenStream {
    let Some(output) =
        plan.output.as_ref().filter(|output| !matches!(output, Type::Infer(_) | Type::Never(_)))
    else {
        return TokenStream::new();
    };
    // Where the type stands in the source, so that messages about it point there.
    let place = Span::mixed_site().located_at(output.span());
    let hint = Ident::new("__omegi_hint", place);
    // It is unreachable on purpose, and written so that it says nothing but the type.
    quote_spanned! {place=>
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false { let #hint: #output = loop {}; return #hint; }
    }
}

/// How many items the body begins with: statements are put behind them, where clippy wants statements to be.
fn leading_items(body: &Block) -> usize {
    body.stmts.iter().take_while(|stmt| matches!(stmt, Stmt::Item(_))).count()
}

/// Where a body begins.
fn place(body: &Block) -> Span {
    body.brace_token.span.open()
}

fn replace(body: &mut Block, tokens: TokenStream) {
    body.stmts = vec![verbatim(tokens)];
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}
