//! Makes spawned work continue the flow that spawned it.
//!
//! A part of the flow goes along with the future or the function that is handed over:
//!
//! ```text
//! tokio::spawn(FUTURE)            tokio::spawn(::omegi::private::carry(FUTURE, FORK))
//! thread::spawn(work)             thread::spawn(::omegi::private::carry_call(work, FORK))
//! thread::spawn(move || BODY)     thread::spawn({
//!                                     let __omegi_fork = FORK;
//!                                     move || { let __omegi_branch = ENTER(__omegi_fork); BODY }
//!                                 })
//!
//! FORK = ::omegi::private::fork(SITE, DETACHED)
//! ENTER = ::omegi::private::Fork::enter
//! ```
//!
//! A closure stays a closure, because the compiler infers its arguments from its place. Work is
//! *detached* if nothing can join it: its handle is dropped where it is returned.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAssign, ExprBlock, ExprCall, ExprClosure, ExprMethodCall, Item, Local, Pat, Signature,
    Stmt, token,
};

use crate::expand::call_site;
use crate::plan::function::CallSitePlan;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::spawners::{self, JoinedBy, SpawnReceivers, Spawner, WorkKind};

/// Gives a part of the flow to all work that the function spawns.
pub(crate) fn carry(sig: &mut Signature, body: &mut Block, site: &CallSitePlan, private: &RuntimePath) {
    let receivers = SpawnReceivers::read(sig, body);
    SpawnRewriter { site, private, receivers, is_dropped: false }.visit_block_mut(body);
}

struct SpawnRewriter<'a> {
    site: &'a CallSitePlan,
    private: &'a RuntimePath,
    receivers: SpawnReceivers,
    /// True if the handle that the next spawning call returns is dropped.
    is_dropped: bool,
}

impl SpawnRewriter<'_> {
    /// Notes that the value of `expr` is dropped.
    fn note_dropped(&mut self, expr: &Expr) {
        self.is_dropped = spawns(spawning_call(expr));
    }

    /// Hands a part of the flow over with `work`, if `spawner` certainly takes it.
    fn hand_over(&self, work: &mut Expr, spawner: Spawner, is_detached: bool, place: Span) {
        let fork = || self.fork(spawner.part, is_detached, place);
        match (work, spawner.work) {
            (Expr::Closure(closure), WorkKind::Callable | WorkKind::Closure)
                if closure.asyncness.is_some() => {}
            (work @ Expr::Closure(_), WorkKind::Callable | WorkKind::Closure) => {
                self.branch_in(work, &fork())
            }
            (Expr::Closure(_), _) => {}
            (work, WorkKind::Future) => self.with_fork("carry", work, fork()),
            (work, WorkKind::Callable) if !ends_in_async_block(work) => {
                self.with_fork("carry_call", work, fork())
            }
            (work, WorkKind::AsyncBlock) if ends_in_async_block(work) => {
                self.with_fork("carry", work, fork())
            }
            _ => {}
        }
    }

    fn fork(&self, part: &str, is_detached: bool, place: Span) -> TokenStream {
        let (private, fork) = (self.private, hygienic("fork"));
        let site = call_site::of_part(self.site, private, part, place);
        quote!(#private::#fork(#site, #is_detached))
    }

    // Input:
    //     WORK
    //
    // Output:
    //     ::omegi::private::carry(WORK, FORK)
    fn with_fork(&self, function: &str, work: &mut Expr, fork: TokenStream) {
        let begin = work.span();
        let func = Box::new(self.private.function(function, begin));
        let args = Punctuated::from_iter([std::mem::replace(work, Expr::PLACEHOLDER), Expr::Verbatim(fork)]);
        *work = Expr::Call(ExprCall { attrs: Vec::new(), func, paren_token: token::Paren(begin), args });
    }

    // Input:
    //     move || BODY
    //
    // Output:
    //     { let __omegi_fork = FORK; move || { let __omegi_branch = ENTER(__omegi_fork); BODY } }
    fn branch_in(&self, work: &mut Expr, fork: &TokenStream) {
        let (private, name, branch) = (self.private, hygienic("__omegi_fork"), hygienic("__omegi_branch"));
        let forked = verbatim(quote!(let #name = #fork;));
        if let Expr::Closure(closure) = work {
            let entered = verbatim(quote!(let #branch = #private::Fork::enter(#name);));
            body_of(closure).stmts.insert(0, entered);
        }
        let closure = Stmt::Expr(std::mem::replace(work, Expr::PLACEHOLDER), None);
        *work = block(vec![forked, closure]);
    }

    /// Visits a closure that is called with a scope as its first argument.
    fn inside_scope(&mut self, work: &mut Expr, part: &'static str) {
        let scope = first_argument(work);
        let is_scope = scope.is_some();
        scope.into_iter().for_each(|scope| self.receivers.enter(scope, part));
        self.visit_expr_mut(work);
        if is_scope {
            self.receivers.leave();
        }
    }
}

impl VisitMut for SpawnRewriter<'_> {
    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        match node {
            Stmt::Expr(expr, Some(_)) => self.note_dropped(expr),
            Stmt::Local(Local { pat: Pat::Wild(_), init: Some(init), .. }) => self.note_dropped(&init.expr),
            _ => {}
        }
        visit_mut::visit_stmt_mut(self, node);
    }

    fn visit_expr_assign_mut(&mut self, node: &mut ExprAssign) {
        if matches!(*node.left, Expr::Infer(_)) {
            self.note_dropped(&node.right);
        }
        visit_mut::visit_expr_assign_mut(self, node);
    }

    fn visit_expr_call_mut(&mut self, node: &mut ExprCall) {
        if is_drop(&node.func) {
            node.args.iter().for_each(|arg| self.note_dropped(arg));
        }
        let spawner = spawners::function(node);
        let is_dropped = spawner.is_some() && std::mem::take(&mut self.is_dropped);
        match (spawners::scope(node), node.args.first_mut()) {
            (Some(part), Some(work)) => self.inside_scope(work, part),
            _ => visit_mut::visit_expr_call_mut(self, node),
        }
        if let Some(spawner) = spawner {
            let (is_detached, place) = (is_detached(spawner, is_dropped), node.func.span());
            node.args.iter_mut().for_each(|work| self.hand_over(work, spawner, is_detached, place));
        }
    }

    fn visit_expr_method_call_mut(&mut self, node: &mut ExprMethodCall) {
        if !spawners::is_method(&node.method) || node.turbofish.is_some() {
            return visit_mut::visit_expr_method_call_mut(self, node);
        }
        let is_dropped = std::mem::take(&mut self.is_dropped);
        let spawner = self.receivers.spawner(&node.receiver, &node.method);
        match (self.receivers.scope(&node.receiver), node.args.first_mut()) {
            (Some(part), Some(work)) => self.inside_scope(work, part),
            _ => visit_mut::visit_expr_method_call_mut(self, node),
        }
        if let Some(work) = node.args.first_mut() {
            self.hand_over(work, spawner, is_detached(spawner, is_dropped), node.method.span());
        }
    }

    // Functions inside are woven by themselves.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn is_detached(spawner: Spawner, is_dropped: bool) -> bool {
    match spawner.joined_by {
        JoinedBy::Handle => is_dropped,
        JoinedBy::Always => false,
        JoinedBy::Never => true,
    }
}

/// Returns the call in `expr`, if the rest only unwraps its value.
fn spawning_call(expr: &Expr) -> &Expr {
    match expr {
        Expr::Try(node) => spawning_call(&node.expr),
        Expr::Paren(node) => spawning_call(&node.expr),
        Expr::Group(node) => spawning_call(&node.expr),
        Expr::MethodCall(node) if node.method == "unwrap" || node.method == "expect" => {
            spawning_call(&node.receiver)
        }
        expr => expr,
    }
}

fn spawns(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => spawners::function(call).is_some(),
        Expr::MethodCall(call) => spawners::is_method(&call.method) && call.turbofish.is_none(),
        _ => false,
    }
}

fn is_drop(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "drop"))
}

/// Returns whether this is an `async` block, or a plain one that ends with one.
fn ends_in_async_block(work: &Expr) -> bool {
    match work {
        Expr::Async(_) => true,
        Expr::Block(node) => {
            matches!(node.block.stmts.last(), Some(Stmt::Expr(last, None)) if ends_in_async_block(last))
        }
        _ => false,
    }
}

/// Returns the name of a closure's first argument.
fn first_argument(work: &Expr) -> Option<Ident> {
    let Expr::Closure(closure) = work else { return None };
    let first = match closure.inputs.first()? {
        Pat::Type(first) => &first.pat,
        first => first,
    };
    match first {
        Pat::Ident(first) => Some(first.ident.clone()),
        _ => None,
    }
}

/// Turns the closure's body into a block, if it is none, and returns it.
fn body_of(closure: &mut ExprClosure) -> &mut Block {
    if !matches!(&*closure.body, Expr::Block(body) if body.label.is_none() && body.attrs.is_empty()) {
        let value = std::mem::replace(&mut *closure.body, Expr::PLACEHOLDER);
        *closure.body = block(vec![Stmt::Expr(value, None)]);
    }
    match &mut *closure.body {
        Expr::Block(body) => &mut body.block,
        _ => unreachable!("the closure's body was just made a block"),
    }
}

fn block(stmts: Vec<Stmt>) -> Expr {
    let block = Block { brace_token: token::Brace::default(), stmts };
    Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block })
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::{ItemFn, parse_str};

    /// Returns the woven body of a function with these arguments and this body. A fork is written
    /// as its part and `awaited` or `detached`.
    fn carried(arguments: &str, body: &str) -> String {
        let text = format!("fn f({arguments}) {{ {body} }}");
        let ItemFn { mut sig, mut block, .. } = parse_str(&text).unwrap();
        let site = CallSitePlan {
            ident: sig.ident.clone(),
            path: Some("f".to_owned()),
            name: None,
            kind: None,
            ignored: Vec::new(),
        };
        let private = RuntimePath::new(None);
        carry(&mut sig, &mut block, &site, &private);
        let mut carried = block.to_token_stream().to_string();
        for part in ["{task}", "{thread}", "{blocking}", "{job}"] {
            let site = call_site::of_part(&site, &private, part, Span::call_site());
            for (is_detached, short) in [(true, "detached"), (false, "awaited")] {
                let long = quote!(::omegi::private::fork(#site, #is_detached)).to_string();
                carried = carried.replace(&long, &format!("{} {short}", part.trim_matches(['{', '}'])));
            }
        }
        let carried = carried.replace(":: omegi :: private :: ", "").replace("__omegi_", "");
        carried[2..carried.len() - 2].to_owned()
    }

    #[track_caller]
    fn unchanged(arguments: &str, body: &str) {
        let block = parse_str::<Block>(&format!("{{ {body} }}")).unwrap().to_token_stream().to_string();
        assert_eq!(carried(arguments, body), block[2..block.len() - 2]);
    }

    #[test]
    fn known_functions_carry_the_flow() {
        for (body, expected) in [
            ("tokio::spawn(a())", "tokio :: spawn (carry (a () , task awaited))"),
            ("task::spawn_local(async { b })", "task :: spawn_local (carry (async { b } , task awaited))"),
            ("thread::spawn(c)", "thread :: spawn (carry_call (c , thread awaited))"),
            (
                "tokio::task::spawn_blocking(move || d)",
                "tokio :: task :: spawn_blocking ({ let fork = blocking awaited ; \
                 move || { let branch = Fork :: enter (fork) ; d } })",
            ),
            (
                "rayon::join(|| { e }, g)",
                "rayon :: join ({ let fork = job awaited ; || { let branch = Fork :: enter (fork) ; e } } , \
                 carry_call (g , job awaited))",
            ),
            ("|| async { tokio::spawn(h) }", "|| async { tokio :: spawn (carry (h , task awaited)) }"),
        ] {
            assert_eq!(carried("", body).replace("| |", "||"), expected, "{body}");
        }
    }

    #[test]
    fn work_with_a_dropped_handle_is_detached() {
        for (body, is_detached) in [
            ("tokio::spawn(a);", true),
            ("let _ = tokio::spawn(a);", true),
            ("_ = tokio::spawn(a);", true),
            ("drop(tokio::spawn(a))", true),
            ("thread::spawn(a).unwrap();", true),
            ("b.spawn(async {})?.expect(c);", true),
            ("rayon::spawn(a)", true),
            ("tokio::spawn(a)", false),
            ("tokio::spawn(a).await;", false),
            ("let b = tokio::spawn(a);", false),
            ("rayon::join(a, b);", false),
            ("b(tokio::spawn(a));", false),
        ] {
            assert_eq!(carried("", body).contains("detached"), is_detached, "{body}");
            assert_ne!(carried("", body).contains("awaited"), is_detached, "{body}");
        }
    }

    #[test]
    fn methods_carry_the_flow_if_the_work_certainly_fits() {
        for (arguments, body) in [
            ("", "a.b.spawn(async move { c })"),
            ("", "a.spawn_on({ let b = b; async { b } }, c)"),
            ("set: &mut JoinSet<u8>", "set.spawn(a())"),
            ("", "let mut set = tokio::task::JoinSet::new(); set.spawn(a()); set.spawn_blocking(b);"),
            ("", "thread::Builder::new().name(a).spawn(|| b)"),
            ("", "let builder = std::thread::Builder::new(); builder.spawn(move || b)"),
            ("", "thread::scope(|s| { s.spawn(|| a); })"),
            ("", "rayon::scope(|s| s.spawn(|t| { t.spawn(|_| a); }))"),
        ] {
            let carried = carried(arguments, body);
            assert!(carried.contains("awaited"), "{body}: {carried}");
            assert_eq!(
                carried.matches("awaited").count(),
                body.matches("spawn").count(),
                "{body}: {carried}"
            );
        }
    }

    #[test]
    fn uncertain_calls_stay_unchanged() {
        unchanged("", "a.spawn(b())");
        unchanged("", "a.spawn(|| b)");
        unchanged("", "command.spawn()");
        unchanged("", "tokio::spawn(a, b)");
        unchanged("", "crate::task::spawn(a)");
        unchanged("", "spawn(a)");
        unchanged("", "thread::spawn::<_, u8>(a)");
        unchanged("", "m!(tokio::spawn(a))");
        unchanged("", "fn g() { tokio::spawn(a); }");
        unchanged("set: JoinSet<u8>", "let set = other(); set.spawn(a)");
        unchanged("", "{ thread::scope(|s| a); } s.spawn(|| b)");
        unchanged("", "thread::scope(|s| { s.spawn(a); })");
    }
}
