//! Writes a woven function, in one of the shapes that a plan can have.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Block, Expr, ExprAsync, ExprCall, Signature, Stmt, Type, parse_quote, token};

use crate::expand::awaits::Waiting;
use crate::expand::body::{begin, verbatim};
use crate::expand::operator::PostfixOperator;
use crate::expand::question_marks::operands::Operands;
use crate::expand::span::{RET, closing, look, opening, show, show_at};
use crate::expand::{arguments, awaits, loop_turns, question_marks, spawns, taken_hooks};
use crate::plan::exits::EndValue;
use crate::plan::function::{ErrorTest, FunctionPlan};
use crate::plan::private::hygienic;
use crate::plan::shape::BodyShape;
use crate::plan::usage::{self, Unread};
use crate::plan::{exits, futures, in_place};

/// Weaves one function in place.
pub(crate) fn expand(plan: &mut FunctionPlan, sig: &mut Signature, body: &mut Block) {
    arguments::name_wholes(sig, &plan.arguments);
    taken_hooks::keep(body, &plan.runtime);
    if plan.carries_spawns {
        spawns::carry(sig, body, &plan.call_site, &plan.names, &plan.runtime);
    }
    // A turn of a loop shows the errors that leave it, and hides them.
    note_own_errors(plan, body);
    let mut operands = loop_turns::weave(plan, sig, body).into_iter();
    let mut next = || operands.next().unwrap_or_else(|| Operands::new(false));
    match plan.shape {
        BodyShape::Guard => guard(plan, body),
        BodyShape::Closure => closure(plan, body, next()),
        BodyShape::Returns => returns(plan, body, next()),
        BodyShape::Async => asynchronous(plan, body, None, TokenStream::new(), next()),
        BodyShape::Nested => nested(plan, body, next()),
        BodyShape::AsyncBlock => async_block(plan, body, &mut next),
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
//
// In the body of a function that returns an option, a `?` becomes
//     (::omegi::private::mark_none(Y, &mut __omegi_span, const { HERE }))?
// and each value that leaves it, unless it is `Some(…)`, is shown (see `show_values`).
fn guard(plan: &FunctionPlan, body: &mut Block) {
    show_none(plan, body);
    let (opening, rebound) = (opening(plan, None), arguments::rebound(&plan.arguments));
    begin(body, quote!(#opening #rebound));
}

// Input:
//     fn f(a: A) -> Ret { BODY }
//
// Output:
//     fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::enter(SITE);
//         CAPTURES
//         OPERANDS                                              (see `question_marks`)
//         let __omegi_ret = ::omegi::private::run(move || -> Ret { let _ = &a; BODY });
//         ::omegi::private::described!(OPERANDS);
//         ::omegi::private::outcome!(__omegi_span, &__omegi_ret);
//         __omegi_ret
//     }
fn closure(plan: &FunctionPlan, body: &mut Block, operands: Operands) {
    let (private, output, ret) = (&plan.runtime, &plan.output, hygienic(RET));
    let opening = opening(plan, None);
    let (inner, operands) = inner_body(plan, body, TokenStream::new(), operands);
    let (declared, described) = (operands.declarations(private), operands.descriptions(plan));
    // At another place the compiler would not name the variables that the body borrows or moves.
    let body_in_closure = quote_spanned!(start(body)=> (move || -> #output #inner));
    let closing = closing(plan, &quote!(&#ret));
    replace(
        body,
        quote!(#opening #declared let #ret = #private::run #body_in_closure; #described #closing #ret),
    );
}

// Input:
//     fn f(a: A) -> Ret { … return X; … Y? … TAIL }
//
// Output:
//     fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::enter(SITE);
//         CAPTURES
//         OPERANDS
//         … return ::omegi::private::show::<Ret>(X, LOOK);
//         … (::omegi::private::mark_and_fail(Y, OPERAND, &mut __omegi_span, const { HERE }))?
//         … ::omegi::private::show::<Ret>(TAIL, LOOK)           (see `describe`)
//     }
//
//     LOOK = |__omegi_ret| { ::omegi::private::outcome!(__omegi_span, __omegi_ret) }
//     HERE = ::omegi::private::here()
fn returns(plan: &FunctionPlan, body: &mut Block, mut operands: Operands) {
    let mut declared = TokenStream::new();
    if let Some(output) = &plan.output {
        let end = exits::end_value(body);
        if plan.error_test.is_some() {
            operands = question_marks::sync::mark_and_fail(body, &plan.runtime, operands);
            declared = operands.declarations(&plan.runtime);
        }
        show_values(plan, output, body);
        describe(plan, output, body, &operands, end);
    }
    let (opening, rebound) = (opening(plan, None), arguments::rebound(&plan.arguments));
    begin(body, quote!(#opening #declared #rebound));
}

// Input:
//     async fn f(a: A) -> Ret { … E.await … return X; … Y? … TAIL }
//
// Output, if nothing can hide in the body (see `in_place`):
//     async fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::task(SITE);
//         CAPTURES
//         OPERANDS
//         … match E { … }                                       (see `awaits`)
//         … return ::omegi::private::show::<Ret>(X, LOOK);
//         … match ::omegi::private::divert(Y, OPERAND) { … }    (see `question_marks::in_async`)
//         … ::omegi::private::show::<Ret>(TAIL, LOOK)           (see `describe`)
//     }
fn asynchronous(
    plan: &FunctionPlan,
    body: &mut Block,
    present: Option<&[Ident]>,
    hint: TokenStream,
    mut operands: Operands,
) {
    let mut declared = TokenStream::new();
    if let Some(output) = plan.output.as_ref().filter(|_| plan.looks_at_result()) {
        let end = exits::end_value(body);
        show_values(plan, output, body);
        if plan.error_test.is_some() {
            let show = |value| {
                let (show, look) = (show(plan, output), look(plan, plan.serves, &TokenStream::new()));
                quote!(#show(#value, #look))
            };
            operands = question_marks::in_async::rewrite(plan, body, output, &show, operands);
            declared = operands.declarations(&plan.runtime);
        }
        describe(plan, output, body, &operands, end);
    }
    show_none(plan, body);
    if plan.has_span() {
        awaits::rewrite(body, &plan.runtime, waiting(plan));
    }
    let (opening, rebound) = (opening(plan, present), arguments::rebound(&plan.arguments));
    begin(body, quote!(#opening #hint #declared #rebound));
}

fn show_none(plan: &FunctionPlan, body: &mut Block) {
    if let Some(output) = plan.output.as_ref().filter(|_| plan.shows_none) {
        question_marks::sync::mark_none(body, &plan.runtime);
        show_values(plan, output, body);
    }
}

/// Notes the errors that the function makes itself.
fn note_own_errors(plan: &FunctionPlan, body: &mut Block) {
    if plan.error_test.is_none() {
        return;
    }
    let none_fails = plan.error_test == Some(ErrorTest::Macro("outcome_or_none"));
    let note = |body: &mut Block| question_marks::own_errors::note(body, plan, none_fails);
    if plan.shape == BodyShape::AsyncBlock {
        exits::each_value(body, &mut |value, _| {
            if let Some(block) = futures::block_mut(value) {
                note(&mut block.block);
            }
        });
    } else {
        note(body);
    }
}

// Input:
//     match … { … => ::omegi::private::show::<Ret>(TAIL, LOOK), … }
//
// Output:
//     ::omegi::private::show::<Ret>(match … { … }, |_| { ::omegi::private::described!(OPERANDS); })
//
// A body without branches at its end has only the inner `show`, and describes its operands there.
/// Describes the operands of a body that stays in place, where the compiler has read all of it: it
/// reads a closure after the other arguments.
fn describe(plan: &FunctionPlan, output: &Type, body: &mut Block, operands: &Operands, end: EndValue) {
    let described = operands.descriptions(plan);
    if described.is_empty() {
        return;
    }
    match body.stmts.last_mut() {
        Some(Stmt::Expr(Expr::Call(shown), None)) => {
            shown.args.pop();
            shown.args.push(Expr::Verbatim(look(plan, plan.serves, &described)));
        }
        Some(Stmt::Expr(tail, None)) if end != EndValue::Never => {
            // If no branch returns here, `show` is never reached.
            let unreachable = || -> Vec<Attribute> { vec![parse_quote!(#[allow(unreachable_code)])] };
            let attrs = if end == EndValue::Perhaps { unreachable() } else { Vec::new() };
            let value = std::mem::replace(tail, Expr::PLACEHOLDER);
            let args = Punctuated::from_iter([value, Expr::Verbatim(quote!(|_| { #described }))]);
            let func = Box::new(Expr::Verbatim(show(plan, output)));
            *tail = Expr::Call(ExprCall { attrs, func, paren_token: token::Paren::default(), args });
        }
        last => {
            if let Some(Stmt::Expr(_, semicolon)) = last {
                semicolon.get_or_insert_default();
            }
            body.stmts.push(verbatim(quote!(#[allow(unreachable_code)] { #described };)));
        }
    }
}

/// Passes every visible value that leaves the function through `show`.
///
/// `show` returns its argument. The compiler therefore treats the value as before: it has the same
/// expected type, is converted in the same place, and its temporaries live to the end of the same
/// statement.
fn show_values(plan: &FunctionPlan, output: &Type, body: &mut Block) {
    exits::each_value(body, &mut |value, position| {
        if plan.shows_none && exits::is_some(value) {
            return;
        }
        let mut attrs = exits::attrs(value).map(std::mem::take).unwrap_or_default();
        if exits::may_never_return(value) {
            // If the call never returns, `show` is never reached.
            position.allow(&mut attrs, parse_quote!(#[allow(unreachable_code)]));
        }
        // The compiler calls an unreachable value so at its place.
        let [begin, end] = places(value);
        let returned = std::mem::replace(value, Expr::PLACEHOLDER);
        let args =
            Punctuated::from_iter([returned, Expr::Verbatim(look(plan, plan.serves, &TokenStream::new()))]);
        let func = Box::new(Expr::Verbatim(show_at(plan, output, begin)));
        *value = Expr::Call(ExprCall { attrs, func, paren_token: token::Paren(end), args });
    });
}

/// Returns the places of a value's first and last token.
fn places(value: &Expr) -> [Span; 2] {
    let last = value.to_token_stream().into_iter().last();
    let end = last.map_or_else(Span::mixed_site, |token| match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    });
    [value.span(), end].map(|place| Span::mixed_site().located_at(place))
}

// Input:
//     async fn f(a: A) -> Ret { BODY }
//
// Output, if something may hide in the body:
//     async fn f(a: A) -> Ret {
//         let mut __omegi_span = ::omegi::private::task(SITE);
//         CAPTURES
//         OPERANDS
//         let __omegi_ret: Ret = match async move { HINT; let _ = &a; BODY } { … };
//         ::omegi::private::described!(OPERANDS);
//         ::omegi::private::outcome!(__omegi_span, &__omegi_ret);
//         __omegi_ret
//     }
fn nested(plan: &FunctionPlan, body: &mut Block, operands: Operands) {
    let opening = opening(plan, None);
    let (inner, operands) = inner_body(plan, body, type_hint(plan), operands);
    let future = quote_spanned!(start(body)=> async move #inner);
    let awaited = awaited(plan, future, start(body), &operands);
    replace(body, quote!(#opening #awaited));
}

// Input:
//     fn f(a: A) -> Pin<Box<dyn Future<Output = Ret>>> {
//         …
//         Box::pin(async move { BODY })
//     }
//
// Output: the block's body becomes the same as an `async fn`'s, in one of its two shapes.
//     fn f(a: A) -> Pin<Box<dyn Future<Output = Ret>>> {
//         …
//         Box::pin(async move {
//             let mut __omegi_span = ::omegi::private::task(SITE);
//             CAPTURES
//             HINT;
//             …
//         })
//     }
fn async_block(plan: &FunctionPlan, body: &mut Block, operands: &mut dyn FnMut() -> Operands) {
    exits::each_value(body, &mut |value, _| {
        if let Some(block) = futures::block_mut(value) {
            weave_block(plan, block, operands());
        }
    });
}

fn weave_block(plan: &FunctionPlan, block: &mut ExprAsync, operands: Operands) {
    let taken = plan.capture.only_taken.then(|| read_in(block));
    if in_place::is_possible(&block.block, plan.result) {
        asynchronous(plan, &mut block.block, taken.as_deref(), type_hint(plan), operands);
    } else {
        let opening = opening(plan, taken.as_deref());
        let (inner, operands) = marked(plan, &mut block.block, type_hint(plan), operands);
        let (keyword, capture) = (block.async_token, block.capture);
        let future = quote!(#keyword #capture #inner);
        let awaited = awaited(plan, future, start(&block.block), &operands);
        replace(&mut block.block, quote!(#opening #awaited));
    }
}

/// Returns the variables that a block takes whole from around it, and whose values it reads.
fn read_in(block: &ExprAsync) -> Vec<Ident> {
    let taken = futures::taken_whole(block);
    let Unread { unused, overwritten } = usage::unread(&block.block, taken.clone());
    taken.into_iter().filter(|name| !unused.contains(name) && !overwritten.contains(name)).collect()
}

/// Awaits the body's future, and inspects its output if that can be an error or is captured.
fn awaited(plan: &FunctionPlan, future: TokenStream, place: Span, operands: &Operands) -> TokenStream {
    let (declared, described) = (operands.declarations(&plan.runtime), operands.descriptions(plan));
    let operator = PostfixOperator { attrs: Vec::new(), operand: Expr::Verbatim(future), place };
    let awaited = if plan.has_span() {
        awaits::awaited(operator, &plan.runtime, waiting(plan))
    } else {
        operator.awaited()
    };
    match &plan.output {
        Some(output) if plan.looks_at_result() => {
            let ret = hygienic(RET);
            let closing = closing(plan, &quote!(&#ret));
            quote!(#declared let #ret: #output = #awaited; #described #closing #ret)
        }
        _ => awaited.into_token_stream(),
    }
}

fn waiting(plan: &FunctionPlan) -> Waiting {
    match plan.serves {
        _ if plan.is_profiled => Waiting::ProfiledCall,
        true => Waiting::SpanAndTurns,
        false => Waiting::Span,
    }
}

// Output:
//     if false { let __omegi_hint: Ret = loop {}; return __omegi_hint; }
/// States the type of an `async` block, for which there is no syntax.
///
/// A `return` that is never reached has the type. The compiler then converts the other returned
/// values to it, as in a function that declares its type.
fn type_hint(plan: &FunctionPlan) -> TokenStream {
    let Some(output) =
        plan.output.as_ref().filter(|output| !matches!(output, Type::Infer(_) | Type::Never(_)))
    else {
        return TokenStream::new();
    };
    // Messages about the type point to its place in the source.
    let place = Span::mixed_site().located_at(output.span());
    let hint = Ident::new("__omegi_hint", place);
    quote_spanned! {place=>
        #[allow(unreachable_code)]
        if false { let #hint: #output = loop {}; return #hint; }
    }
}

/// Writes the body for the inside of a closure or future that takes the arguments.
fn inner_body(
    plan: &FunctionPlan,
    body: &mut Block,
    hint: TokenStream,
    operands: Operands,
) -> (TokenStream, Operands) {
    let taken = arguments::take(&plan.arguments);
    marked(plan, body, quote!(#hint #taken), operands)
}

/// Writes the body with its exits by errors marked, and with `first` as its first statements.
fn marked(
    plan: &FunctionPlan,
    body: &mut Block,
    first: TokenStream,
    mut operands: Operands,
) -> (TokenStream, Operands) {
    if plan.error_test.is_some() {
        operands = question_marks::sync::mark(body, plan, operands);
    }
    if !first.is_empty() {
        begin(body, first);
    }
    (body.to_token_stream(), operands)
}

/// Returns the place where a body begins.
fn start(body: &Block) -> Span {
    body.brace_token.span.open()
}

fn replace(body: &mut Block, tokens: TokenStream) {
    body.stmts = vec![verbatim(tokens)];
}
