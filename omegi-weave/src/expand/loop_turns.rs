//! Gives each turn of a loop that serves a span of its own: the root of a new flow.
//!
//! ```text
//! while let Some(job) = rx.recv().await { BODY }
//!
//! while let Some(job) = rx.recv().await {
//!     let mut __omegi_turn = ::omegi::private::turn(SITE);
//!     BODY
//! }
//!
//! loop { let job = rx.recv()?; BODY }
//!
//! loop {
//!     let mut __omegi_turn = ::omegi::private::TurnGuard::waiting();
//!     let job = match rx.recv()? {
//!         __omegi_input => { ::omegi::private::begin_turn(&mut __omegi_turn, SITE); __omegi_input }
//!     };
//!     BODY
//! }
//!
//! async move { … a loop that serves … }      ::omegi::private::serving(async move { … })
//! ```
//!
//! The guard is the first variable of the body: it is dropped last, however the turn ends. A value
//! that leaves the function from inside a turn is shown to the turn as well: each `return`, and
//! each `?`, which is written out as in `question_marks::in_async`.

use std::cell::RefCell;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAsync, ExprCall, ExprClosure, ExprConst, ExprReturn, Item, Macro, Signature, Stmt, token,
};

use crate::expand::body::begin;
use crate::expand::operator::PostfixOperator;
use crate::expand::question_marks::operands::Operands;
use crate::expand::span::{look, show, turn_look};
use crate::expand::{call_site, question_marks};
use crate::plan::function::FunctionPlan;
use crate::plan::private::hygienic;
use crate::plan::serving::{self, Head, ServingRule};
use crate::plan::shape::BodyShape;
use crate::plan::woven::{self, TURN};
use crate::plan::{exits, futures, in_place};

/// Weaves the loops that serve, and notes in the plan whether there are any. Returns the operands
/// of each body in which the function runs.
pub(crate) fn weave(plan: &mut FunctionPlan, sig: &Signature, body: &mut Block) -> Vec<Operands> {
    let mut operands = Vec::new();
    let mut weaver = TurnWeaver {
        rule: ServingRule::read(sig, body, plan.output.as_ref()),
        place: BodyPlace::of(plan.shape),
        depth: 0,
        found: false,
        operands: RefCell::new(Operands::new(false)),
        plan,
    };
    if plan.shape == BodyShape::AsyncBlock {
        exits::each_value(body, &mut |value, _| {
            if let Some(block) = futures::block_mut(value) {
                let stays = in_place::is_possible(&block.block, plan.result);
                weaver.place = BodyPlace::Function { is_async: true, stays };
                operands.push(weaver.weave_body(&mut block.block));
            }
        });
    } else {
        operands.push(weaver.weave_body(body));
    }
    let found = weaver.found;
    plan.serves = found && !matches!(plan.shape, BodyShape::Guard | BodyShape::Closure);
    // A `None` that leaves a turn would be that of the turn's flow.
    plan.shows_none &= !found;
    operands
}

/// The code that is visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyPlace {
    /// The body of the function. `stays`: it is woven in place.
    Function { is_async: bool, stays: bool },
    /// A closure inside.
    Closure,
    /// An `async` block inside.
    Block,
}

impl BodyPlace {
    fn of(shape: BodyShape) -> Self {
        let is_async = matches!(shape, BodyShape::Async | BodyShape::Nested | BodyShape::AsyncBlock);
        Self::Function { is_async, stays: matches!(shape, BodyShape::Async | BodyShape::Returns) }
    }

    const fn is_async(self) -> bool {
        match self {
            Self::Function { is_async, .. } => is_async,
            Self::Closure => false,
            Self::Block => true,
        }
    }
}

struct TurnWeaver<'a> {
    plan: &'a FunctionPlan,
    rule: ServingRule,
    place: BodyPlace,
    /// The number of loops around, in the same body.
    depth: usize,
    /// True if a loop of the same body serves.
    found: bool,
    /// The operands of the body that is woven.
    operands: RefCell<Operands>,
}

impl TurnWeaver<'_> {
    /// Weaves a body in which the function runs. Returns the operands of its turns.
    fn weave_body(&mut self, body: &mut Block) -> Operands {
        let stays = matches!(self.place, BodyPlace::Function { stays: true, .. });
        self.operands = RefCell::new(Operands::new(!stays || exits::is_enclosable(body)));
        // The location of a caller is lost in a turn's flow.
        if self.plan.loops != Some(false) && self.plan.shape != BodyShape::Returns {
            self.visit_block_mut(body);
        }
        self.operands.replace(Operands::new(false))
    }

    /// Visits a body inside. Returns whether it has a loop that serves.
    fn inside(&mut self, place: BodyPlace, visit: impl FnOnce(&mut Self)) -> bool {
        let around = (self.place, self.depth, self.found);
        (self.place, self.depth, self.found) = (place, 0, false);
        visit(self);
        let found = self.found;
        (self.place, self.depth, self.found) = around;
        found
    }

    /// Visits a loop. `serves` weaves it and returns `true` if it serves.
    fn visit_loop(&mut self, expr: &mut Expr, serves: bool) {
        self.depth += 1;
        visit_mut::visit_expr_mut(self, expr);
        self.depth -= 1;
        self.found |= serves;
    }

    /// Returns whether every outermost loop of the function is to have turns.
    fn is_wanted(&self) -> bool {
        self.plan.loops == Some(true) && self.depth == 0 && matches!(self.place, BodyPlace::Function { .. })
    }

    /// Begins a turn with the body of a loop whose head has waited.
    fn begin_with_body(&self, body: &mut Block, place: Span) {
        let (private, turn, site) = (&self.plan.runtime, hygienic(TURN), self.site(place));
        self.show_exits(body);
        begin(body, quote!(let mut #turn = #private::turn(#site);));
    }

    /// Begins a turn at the wait in a body, if there is one.
    fn begin_at_wait(&self, body: &mut Block, place: Span) -> bool {
        let rule = &self.rule;
        let is_async = self.place.is_async();
        let found = rule.first_wait_of_body(body, is_async, &mut |head| self.begin_at(head, place));
        if found {
            let (private, turn) = (&self.plan.runtime, hygienic(TURN));
            self.show_exits(body);
            begin(body, quote!(let mut #turn = #private::TurnGuard::waiting();));
        }
        found
    }

    fn begin_at(&self, head: Head<'_>, place: Span) {
        match head {
            Head::Value(expr) => {
                let operand = std::mem::replace(expr, Expr::PLACEHOLDER);
                let end = operand.span();
                let at = Span::mixed_site().located_at(end);
                let input = quote_spanned!(at=> __omegi_input);
                let begun = self.begun(place);
                let body = quote_spanned!(at=> { #begun #input });
                let operator = PostfixOperator { attrs: Vec::new(), operand, place: end };
                *expr = operator.matched(None, vec![(input, body)]);
            }
            Head::Select(call) => self.begin_in_handlers(call, place),
        }
    }

    fn begun(&self, place: Span) -> TokenStream {
        let (private, turn, site) = (&self.plan.runtime, hygienic(TURN), self.site(place));
        quote!(#private::begin_turn(&mut #turn, #site);)
    }

    fn site(&self, place: Span) -> TokenStream {
        call_site::of_turn(&self.plan.call_site, &self.plan.runtime, place)
    }

    /// Begins the turn in each handler of a `select!`.
    fn begin_in_handlers(&self, call: &mut Macro, place: Span) {
        let mut tokens = TokenStream::new();
        for arm in serving::arms(&call.tokens) {
            let is_default = arm.is_default();
            tokens.extend(arm.head);
            tokens.extend(arm.arrow);
            tokens.extend(self.handler(arm.handler, is_default, place));
            tokens.extend(arm.comma);
        }
        call.tokens = tokens;
    }

    fn handler(&self, tokens: TokenStream, is_default: bool, place: Span) -> TokenStream {
        let Ok(mut handler) = syn::parse2::<Expr>(tokens.clone()) else { return tokens };
        if is_default || matches!(handler, Expr::Break(_) | Expr::Continue(_)) {
            return tokens;
        }
        let stmts = match &mut handler {
            Expr::Block(node) if node.label.is_none() && node.attrs.is_empty() => {
                std::mem::take(&mut node.block.stmts)
            }
            _ => vec![Stmt::Expr(handler, None)],
        };
        let mut body = Block { brace_token: token::Brace::default(), stmts };
        // A condition may remove the `select!`: its operands may have no types.
        let operands = self.operands.replace(Operands::new(false));
        self.show_exits(&mut body);
        self.operands.replace(operands);
        begin(&mut body, self.begun(place));
        let mut braces = Group::new(Delimiter::Brace, body.stmts.iter().map(Stmt::to_token_stream).collect());
        if let Some(first) = tokens.into_iter().next() {
            braces.set_span(first.span());
        }
        TokenTree::Group(braces).into()
    }

    /// Shows the turn each value by which the function is left from this body.
    fn show_exits(&self, body: &mut Block) {
        let BodyPlace::Function { stays, .. } = self.place else { return };
        let plan = self.plan;
        // In the middle of the body the type of an inferred error is unknown.
        let is_shown = plan.error_test.is_some() && !plan.infers_error;
        let Some(output) = plan.output.as_ref().filter(|_| is_shown) else { return };
        let (show, turn_look) = (show(plan, output), turn_look(plan));
        let shown = |value| {
            let shown = quote!(#show(#value, #turn_look));
            if stays {
                let look = look(plan, true, &TokenStream::new());
                quote!(#show(#shown, #look))
            } else {
                shown
            }
        };
        let operands = self.operands.replace(Operands::new(false));
        let operands = question_marks::in_async::rewrite(plan, body, output, &shown, operands);
        self.operands.replace(operands);
        ReturnShower { show, look: turn_look }.visit_block_mut(body);
    }
}

impl VisitMut for TurnWeaver<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        Operands::within(self, |weaver| weaver.operands.get_mut(), node, visit_mut::visit_stmt_mut);
    }

    fn visit_expr_mut(&mut self, node: &mut Expr) {
        let is_async = self.place.is_async();
        match node {
            Expr::ForLoop(inner) => {
                let serves = self.is_wanted() || self.rule.iterates(&inner.expr);
                let place = inner.for_token.span;
                self.visit_loop(node, serves);
                if let (Expr::ForLoop(inner), true) = (node, serves) {
                    self.begin_with_body(&mut inner.body, place);
                }
            }
            Expr::While(inner) => {
                let waits = self.rule.first_wait(&mut inner.cond, is_async, &mut |_| {});
                let begins_with_body = waits || self.is_wanted();
                let place = inner.while_token.span;
                let may_wait_inside = serving::runs_on(&inner.cond);
                self.visit_loop(node, begins_with_body);
                let Expr::While(inner) = node else { return };
                if begins_with_body {
                    self.begin_with_body(&mut inner.body, place);
                } else if may_wait_inside {
                    self.found |= self.begin_at_wait(&mut inner.body, place);
                }
            }
            Expr::Loop(inner) => {
                let (place, is_wanted) = (inner.loop_token.span, self.is_wanted());
                self.visit_loop(node, false);
                let Expr::Loop(inner) = node else { return };
                if self.begin_at_wait(&mut inner.body, place) {
                    self.found = true;
                } else if is_wanted {
                    self.begin_with_body(&mut inner.body, place);
                    self.found = true;
                }
            }
            Expr::Async(block) if !woven::opens_span(&block.block) => {
                let serves = self.inside(BodyPlace::Block, |weaver| weaver.visit_block_mut(&mut block.block));
                if serves {
                    let place = block.async_token.span;
                    let func = Box::new(self.plan.runtime.function("serving", place));
                    let args = Punctuated::from_iter([std::mem::replace(node, Expr::PLACEHOLDER)]);
                    let paren_token = token::Paren(place);
                    *node = Expr::Call(ExprCall { attrs: Vec::new(), func, paren_token, args });
                }
            }
            _ => visit_mut::visit_expr_mut(self, node),
        }
    }

    fn visit_expr_closure_mut(&mut self, node: &mut ExprClosure) {
        if node.asyncness.is_none() {
            self.inside(BodyPlace::Closure, |weaver| weaver.visit_expr_mut(&mut node.body));
        }
    }

    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Shows the turn each value behind a `return`, once: that of the innermost loop.
struct ReturnShower {
    show: TokenStream,
    look: TokenStream,
}

impl VisitMut for ReturnShower {
    fn visit_expr_return_mut(&mut self, node: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, node);
        let Some(value) = &mut node.expr else { return };
        if let Expr::Call(call) = &**value
            && call.func.to_token_stream().to_string() == self.show.to_string()
        {
            return;
        }
        let attrs = exits::attrs(value).map(std::mem::take).unwrap_or_default();
        let returned = std::mem::replace(&mut **value, Expr::PLACEHOLDER);
        let args = Punctuated::from_iter([returned, Expr::Verbatim(self.look.clone())]);
        let func = Box::new(Expr::Verbatim(self.show.clone()));
        **value = Expr::Call(ExprCall { attrs, func, paren_token: token::Paren::default(), args });
    }

    // The following have their own `return`.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_expr_const_mut(&mut self, _: &mut ExprConst) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
