//! Writes the statements that open a function's span, and those that inspect its returned value.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{ExprReference, Ident, Token, Type};

use crate::expand::{arguments, call_site};
use crate::parse::option_values::{Field, FieldForm};
use crate::plan::arguments::Argument;
use crate::plan::capture::ReturnCapture;
use crate::plan::function::{ErrorTest, FunctionPlan};
use crate::plan::private::hygienic;
use crate::plan::woven::{SPAN, TURN, TURNS};

/// The variable that holds the returned value.
pub(crate) const RET: &str = "__omegi_ret";

// Output:
//     let mut __omegi_span = ::omegi::private::enter(SITE);
//     if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
//         ::omegi::private::capture!(__omegi_span, "omegi.arg.a", &a);
//     }
//     if ::omegi::private::SpanGuard::is_recording(&mut __omegi_span) {
//         ::omegi::private::capture_display!(__omegi_span, "shop.items", &FIELD);
//     }
//
// or, without a span:
//     let mut __omegi_span = ::omegi::private::unrecorded(SITE);
//
// or, if calls are counted:
//     let mut __omegi_span = ::omegi::private::profiled(PROFILED);
/// Opens the span, and captures arguments and fields: only those arguments that are `present`, if
/// that is given.
pub(crate) fn opening(plan: &FunctionPlan, present: Option<&[Ident]>) -> TokenStream {
    let (private, span, open) = (&plan.runtime, hygienic(SPAN), hygienic(plan.opened_by()));
    if plan.is_profiled {
        let site = call_site::of_profiled(&plan.call_site, private);
        return quote!(let mut #span = #private::#open(#site););
    }
    let site = call_site::of_function(&plan.call_site, private);
    let (captures, fields) = (captures(plan, present), fields(plan));
    let turns = plan.serves.then(|| {
        let turns = hygienic(TURNS);
        quote!(let mut #turns = #private::WaitingTurns::none();)
    });
    quote!(let mut #span = #private::#open(#site); #turns #captures #fields)
}

fn captures(plan: &FunctionPlan, present: Option<&[Ident]>) -> Option<TokenStream> {
    let capture = |key: &str, value| call(plan, "capture", key, &value);
    let is_present = |name: &_| present.is_none_or(|present| present.contains(name));
    let wanted = |name: &_| is_present(name) && plan.capture.includes(name);
    // A use of the value before the body would hide that the body does not read it.
    let is_read = |argument: &Argument, name: &_| {
        argument.inside.is_some() || plan.capture.is_asked_for() || !argument.overwritten.contains(name)
    };
    let captures = plan.arguments.iter().filter_map(|argument| {
        arguments::capture(argument, |name| wanted(name) && is_read(argument, name), capture)
    });
    let captures: TokenStream = captures.collect();
    let when = plan.capture.when.filter(|_| !captures.is_empty())?;
    Some(only_when(plan, when, &captures))
}

fn fields(plan: &FunctionPlan) -> Option<TokenStream> {
    let fields: TokenStream = plan.fields.iter().map(|field| record(plan, field)).collect();
    (!fields.is_empty()).then(|| only_when(plan, "is_recording", &fields))
}

fn record(plan: &FunctionPlan, Field { key, form, value }: &Field) -> TokenStream {
    let capture = match form {
        FieldForm::Natural => "capture",
        FieldForm::Display => "capture_display",
        FieldForm::Debug => "capture_debug",
    };
    // A syntax tree prints parentheses around the value where it needs them, and only there.
    let reference = ExprReference {
        attrs: Vec::new(),
        and_token: <Token![&]>::default(),
        mutability: None,
        expr: Box::new(value.clone()),
    };
    call(plan, capture, key, &reference.into_token_stream())
}

fn call(plan: &FunctionPlan, capture: &str, key: &str, value: &TokenStream) -> TokenStream {
    let (private, span, capture) = (&plan.runtime, hygienic(SPAN), hygienic(capture));
    quote!(#private::#capture!(#span, #key, #value);)
}

/// Puts `statements` under the condition that the span's method `when` returns `true`.
///
/// The method is called by its path: a trait of the user's may give every type one of that name.
fn only_when(plan: &FunctionPlan, when: &str, statements: &TokenStream) -> TokenStream {
    let (private, span) = (&plan.runtime, hygienic(SPAN));
    let (ty, method) = (hygienic(plan.shape.span_type()), hygienic(when));
    quote!(if #private::#ty::#method(&mut #span) { #statements })
}

/// Returns the path of `show` for values of type `output`. The type makes the compiler report a
/// wrong value at that value alone.
pub(crate) fn show(plan: &FunctionPlan, output: &Type) -> TokenStream {
    show_at(plan, output, Span::mixed_site())
}

/// Returns the same path at `place`.
pub(crate) fn show_at(plan: &FunctionPlan, output: &Type, place: Span) -> TokenStream {
    let function = plan.runtime.function("show", place);
    quote_spanned!(place=> #function::<#output>)
}

// Output:
//     |__omegi_ret| { ::omegi::private::outcome!(__omegi_span, __omegi_ret); MORE }
/// Writes the closure by which `show` inspects a value, with `more` behind. The value of a function
/// that serves may leave turns of loops, and is inspected outside of them.
pub(crate) fn look(plan: &FunctionPlan, serves: bool, more: &TokenStream) -> TokenStream {
    let ret = hygienic(RET);
    let closing = closing(plan, &ret.to_token_stream());
    if serves {
        let (private, turns) = (&plan.runtime, hygienic(TURNS));
        quote!(|#ret| { #private::WaitingTurns::outside(&#turns, || { #closing }); #more })
    } else {
        quote!(|#ret| { #closing #more })
    }
}

// Output:
//     |__omegi_ret| { ::omegi::private::outcome!(__omegi_turn, __omegi_ret); }
/// Writes the closure by which `show` inspects a value that leaves a turn of a loop.
pub(crate) fn turn_look(plan: &FunctionPlan) -> TokenStream {
    let ret = hygienic(RET);
    let outcome = outcome(plan, TURN, &ret.to_token_stream());
    quote!(|#ret| { #outcome })
}

// Output:
//     ::omegi::private::outcome!(__omegi_span, RET);
//     if ::omegi::private::SpanGuard::wants_arguments(&mut __omegi_span) {
//         ::omegi::private::capture!(__omegi_span, "omegi.return", RET);
//     }
//
// or, for an option in a function that has no test for an error:
//     ::omegi::private::returned!(__omegi_span, RET);
/// Inspects the returned value through the reference `ret`.
pub(crate) fn closing(plan: &FunctionPlan, ret: &TokenStream) -> TokenStream {
    let outcome = outcome(plan, SPAN, ret);
    let capture = || call(plan, "capture", "omegi.return", ret);
    let returned = match plan.return_capture {
        ReturnCapture::Never => None,
        ReturnCapture::Environment => Some(only_when(plan, "wants_arguments", &capture())),
        ReturnCapture::Always => Some(only_when(plan, "is_recording", &capture())),
    };
    let none = plan.shows_none.then(|| {
        let (private, span) = (&plan.runtime, hygienic(SPAN));
        let returned = hygienic("returned");
        quote!(#private::#returned!(#span, #ret);)
    });
    let returned = if none.is_some() { none } else { returned };
    quote!(#outcome #returned)
}

/// Tests the returned value for an error of the open span in the variable `span`.
fn outcome(plan: &FunctionPlan, span: &str, ret: &TokenStream) -> Option<TokenStream> {
    let (private, span) = (&plan.runtime, hygienic(span));
    plan.error_test.map(|test| match test {
        ErrorTest::Macro(outcome) => {
            let outcome = hygienic(outcome);
            quote!(#private::#outcome!(#span, #ret);)
        }
        ErrorTest::DisplayOnly => displayed(plan, &span, ret),
    })
}

/// Tests the returned value for an error with a `Display` at best. `outcome!` begins with more
/// references.
fn displayed(plan: &FunctionPlan, span: &Ident, ret: &TokenStream) -> TokenStream {
    let private = &plan.runtime;
    quote! {{
        use #private::choices::*;
        (&&&&#private::Probe(#ret)).__omegi_failed(&mut #span);
    }}
}
