//! Recognises loops that serve: their head waits for input, and each turn is work of its own.
//!
//! | the loop | its head |
//! |---|---|
//! | `for x in E` | `E`, if it iterates over a receiver, over connections, or over lines of a stream |
//! | `while E`, `while let P = E` | the first wait in `E` |
//! | `loop`, and a `while` whose condition compares nothing | the first wait in the body |
//!
//! A wait is a call with one of the [names](WAITS). It must be reached in every turn. In a body
//! only preparation may come before it: no other `.await`, `?`, `return` or loop.
//!
//! A loop that is cut by mistake tears a flow apart. So a call without `.await` counts only if its
//! name or its receiver leaves no doubt. A name that also reads *data* counts only in a function
//! that returns none: one that collects lines or rows ends soon, and its caller waits for it.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    BinOp, Block, Expr, ExprAwait, ExprBreak, ExprForLoop, ExprLoop, ExprMethodCall, ExprReturn, ExprTry,
    ExprWhile, FnArg, GenericArgument, Item, Lit, Local, Macro, Pat, PatType, PathArguments, Signature, Stmt,
    Type, UnOp,
};

/// The name of a function or method that waits for input.
struct WaitName {
    name: &'static str,
    /// True if longer names count as well: `read_line`.
    is_prefix: bool,
    /// True if it may just read data that has an end.
    reads_data: bool,
    /// True if it also counts without `.await`.
    blocks: bool,
}

/// A name that waits for a message, a connection or a moment.
const fn input(name: &'static str, is_prefix: bool, blocks: bool) -> WaitName {
    WaitName { name, is_prefix, reads_data: false, blocks }
}

/// A name that may also read data.
const fn data(name: &'static str, is_prefix: bool) -> WaitName {
    WaitName { name, is_prefix, reads_data: true, blocks: false }
}

/// All names that wait.
static WAITS: [WaitName; 14] = [
    input("recv", true, true),
    input("receive", true, false),
    input("accept", true, true),
    input("changed", false, false),
    input("tick", false, false),
    input("notified", false, false),
    input("wait_for", false, false),
    input("dequeue", true, false),
    input("lease", true, false),
    data("next", false),
    data("next_", true),
    data("try_next", false),
    data("pop", true),
    data("read", true),
];

/// Functions and methods that only pass a future on.
const FUTURE_WRAPPERS: [&str; 8] =
    ["boxed", "fuse", "in_current_span", "instrument", "pin", "timeout", "timeout_at", "with_cancellation"];

/// Methods that only look at the outcome of a wait.
const OUTCOMES: [&str; 9] =
    ["context", "expect", "map_err", "ok", "ok_or", "ok_or_else", "transpose", "unwrap", "with_context"];

/// Methods of an iterator over input that wait as it does.
const ADAPTERS: [&str; 12] = [
    "enumerate",
    "filter",
    "filter_map",
    "flatten",
    "fuse",
    "inspect",
    "map",
    "map_while",
    "peekable",
    "skip",
    "take",
    "take_while",
];

/// Methods that lead to the source of the same input.
const WAYS_TO_SOURCE: [&str; 15] = [
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "by_ref",
    "clone",
    "expect",
    "get_mut",
    "into_iter",
    "iter",
    "iter_mut",
    "lock",
    "take",
    "try_clone",
    "unwrap",
];

/// Functions that return a sender and a receiver.
const CHANNELS: [&str; 6] =
    ["bounded", "channel", "rendezvous", "sync_channel", "unbounded", "unbounded_channel"];

/// Types of streams that a peer writes to.
const STREAM_TYPES: [&str; 7] =
    ["ChildStderr", "ChildStdout", "Stdin", "StdinLock", "TcpStream", "TlsStream", "UnixStream"];

/// Types of data that has an end.
const DATA_TYPES: [&str; 8] = ["BTreeMap", "File", "HashMap", "Iterator", "String", "Vec", "VecDeque", "str"];

/// The head of a loop, in the place where the wait ends.
pub(crate) enum Head<'a> {
    /// The value of the wait.
    Value(&'a mut Expr),
    /// A `select!`: the wait ends in its handlers.
    Select(&'a mut Macro),
}

/// The source of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Receiver,
    Stream,
    Data,
}

/// The knowledge about a function by which its loops are recognised.
#[derive(Default)]
pub(crate) struct ServingRule {
    /// The variables whose source is known; later ones shadow earlier ones.
    bound: Vec<(Ident, Source)>,
    /// True if the function returns data.
    returns_data: bool,
}

impl ServingRule {
    /// Reads a function that returns `output`.
    pub(crate) fn read(sig: &Signature, body: &mut Block, output: Option<&Type>) -> Self {
        let mut rule = Self { bound: Vec::new(), returns_data: output.is_some_and(is_data) };
        for argument in &sig.inputs {
            if let FnArg::Typed(PatType { pat, ty, .. }) = argument
                && let (Pat::Ident(pat), Some(source)) = (&**pat, source_of_type(ty))
            {
                rule.bound.push((pat.ident.clone(), source));
            }
        }
        rule.visit_block_mut(body);
        rule
    }

    /// Returns whether a `for` loop over `expr` serves.
    pub(crate) fn iterates(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(node) => self.iterates(&node.expr),
            Expr::Group(node) => self.iterates(&node.expr),
            Expr::MethodCall(node) if ADAPTERS.iter().any(|name| node.method == name) => {
                self.iterates(&node.receiver)
            }
            Expr::MethodCall(node) if node.method.to_string().starts_with("incoming") => true,
            Expr::MethodCall(node) if node.method == "lines" => {
                !self.returns_data && self.source(&node.receiver) == Some(Source::Stream)
            }
            expr => self.source(expr) == Some(Source::Receiver),
        }
    }

    /// Shows `found` the first wait that `expr` reaches in any case. Returns whether there is one.
    pub(crate) fn first_wait(
        &self,
        expr: &mut Expr,
        is_async: bool,
        found: &mut dyn FnMut(Head<'_>),
    ) -> bool {
        if self.is_outcome_of_wait(expr, is_async) {
            found(Head::Value(expr));
            return true;
        }
        let mut first = |expr: &mut Expr| self.first_wait(expr, is_async, found);
        match expr {
            Expr::Macro(node) if self.is_select(&node.mac) => {
                found(Head::Select(&mut node.mac));
                true
            }
            Expr::Assign(node) => first(&mut node.right),
            Expr::Await(node) => first(&mut node.base),
            Expr::Binary(node) => {
                let is_lazy = matches!(node.op, BinOp::And(_) | BinOp::Or(_));
                first(&mut node.left) || (!is_lazy && first(&mut node.right))
            }
            Expr::Block(node) if node.label.is_none() => {
                self.first_wait_of_body(&mut node.block, is_async, found)
            }
            Expr::Call(node) => node.args.iter_mut().any(first),
            Expr::Cast(node) => first(&mut node.expr),
            Expr::Field(node) => first(&mut node.base),
            Expr::Group(node) => first(&mut node.expr),
            Expr::If(node) => first(&mut node.cond),
            Expr::Index(node) => first(&mut node.expr),
            Expr::Let(node) => first(&mut node.expr),
            Expr::Match(node) => first(&mut node.expr),
            Expr::MethodCall(node) => first(&mut node.receiver) || node.args.iter_mut().any(first),
            Expr::Paren(node) => first(&mut node.expr),
            Expr::Reference(node) => first(&mut node.expr),
            Expr::Try(node) => first(&mut node.expr),
            Expr::Tuple(node) => node.elems.iter_mut().any(first),
            Expr::Unary(node) => first(&mut node.expr),
            _ => false,
        }
    }

    /// Does the same for the statements of a body, behind those that prepare the wait.
    pub(crate) fn first_wait_of_body(
        &self,
        body: &mut Block,
        is_async: bool,
        found: &mut dyn FnMut(Head<'_>),
    ) -> bool {
        for stmt in &mut body.stmts {
            let is_head = match stmt {
                Stmt::Local(Local { init: Some(init), .. }) => {
                    self.first_wait(&mut init.expr, is_async, found)
                }
                Stmt::Expr(expr, _) => self.first_wait(expr, is_async, found),
                Stmt::Macro(stmt) if self.is_select(&stmt.mac) => {
                    found(Head::Select(&mut stmt.mac));
                    true
                }
                _ => false,
            };
            if is_head || !prepares(stmt) {
                return is_head;
            }
        }
        false
    }

    /// Returns whether `expr` is a wait, or looks only at its outcome.
    fn is_outcome_of_wait(&self, expr: &Expr, is_async: bool) -> bool {
        match expr {
            Expr::Try(node) => self.is_outcome_of_wait(&node.expr, is_async),
            Expr::MethodCall(node) if OUTCOMES.iter().any(|name| node.method == name) => {
                self.is_outcome_of_wait(&node.receiver, is_async)
            }
            Expr::Await(node) => self.is_future_of_wait(&node.base),
            Expr::MethodCall(node) => !is_async && self.blocks(node),
            Expr::Call(node) => {
                let reads = called(&node.func).is_some_and(|name| name.to_string().starts_with("read"));
                let of_stream = |arg| self.source(arg) == Some(Source::Stream);
                !is_async && reads && !self.returns_data && node.args.iter().any(of_stream)
            }
            _ => false,
        }
    }

    /// Returns whether an `.await` of `expr` waits for input.
    fn is_future_of_wait(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Paren(node) => self.is_future_of_wait(&node.expr),
            Expr::Group(node) => self.is_future_of_wait(&node.expr),
            Expr::Reference(node) => self.is_future_of_wait(&node.expr),
            Expr::MethodCall(node) => {
                self.waits(&node.method, node.args.len())
                    || (is_wrapper(&node.method) && self.is_future_of_wait(&node.receiver))
            }
            Expr::Call(node) => {
                let Some(name) = called(&node.func) else { return false };
                let wraps = || node.args.last().is_some_and(|last| self.is_future_of_wait(last));
                self.waits(name, node.args.len().max(1)) || (is_wrapper(name) && wraps())
            }
            _ => false,
        }
    }

    /// Returns whether an `.await` of a call of `name` waits for input.
    fn waits(&self, name: &Ident, arguments: usize) -> bool {
        // `read()` takes a lock.
        let takes_lock = name == "read" && arguments == 0;
        wait_name(&name.to_string()).is_some_and(|wait| !(wait.reads_data && self.returns_data))
            && !takes_lock
    }

    /// Returns whether a call waits for input without an `.await`.
    fn blocks(&self, call: &ExprMethodCall) -> bool {
        let name = call.method.to_string();
        let Some(wait) = wait_name(&name) else { return false };
        if wait.name == "read" {
            return !self.returns_data && self.source(&call.receiver) == Some(Source::Stream);
        }
        // A parser's `accept(token)` and `accept_comma()` wait for nothing.
        wait.blocks && (wait.name != "accept" || (call.method == "accept" && call.args.is_empty()))
    }

    /// Returns whether a macro is a `select!` that waits for input.
    fn is_select(&self, call: &Macro) -> bool {
        let is_select = call.path.segments.last().is_some_and(|last| {
            let name = &last.ident;
            name == "select" || name == "select_biased"
        });
        is_select && arms(&call.tokens).iter().any(|arm| self.mentions_wait(&arm.head))
    }

    fn mentions_wait(&self, tokens: &TokenStream) -> bool {
        let mut name = None;
        for token in tokens.clone() {
            match &token {
                TokenTree::Group(group) => {
                    let is_call = group.delimiter() == Delimiter::Parenthesis;
                    let arguments = usize::from(!group.stream().is_empty());
                    let is_wait =
                        name.take().filter(|_| is_call).is_some_and(|name| self.waits(&name, arguments));
                    if is_wait || self.mentions_wait(&group.stream()) {
                        return true;
                    }
                }
                TokenTree::Ident(ident) => name = Some(ident.clone()),
                _ => name = None,
            }
        }
        false
    }

    /// Returns the source of a value, if it can be seen.
    fn source(&self, expr: &Expr) -> Option<Source> {
        match expr {
            Expr::Path(node) => {
                let name = node.path.get_ident()?;
                let bound = self.bound.iter().rfind(|(bound, _)| bound == name).map(|(_, source)| *source);
                bound.or_else(|| source_of_name(&name.to_string()))
            }
            Expr::Field(node) => source_of_name(&node.member.to_token_stream().to_string()),
            Expr::Await(node) => self.source(&node.base),
            Expr::Group(node) => self.source(&node.expr),
            Expr::Paren(node) => self.source(&node.expr),
            Expr::Reference(node) => self.source(&node.expr),
            Expr::Try(node) => self.source(&node.expr),
            Expr::Unary(node) if matches!(node.op, UnOp::Deref(_)) => self.source(&node.expr),
            Expr::MethodCall(node) if WAYS_TO_SOURCE.iter().any(|name| node.method == name) => {
                self.source(&node.receiver)
            }
            Expr::MethodCall(node) if node.method == "collect" => Some(Source::Data),
            Expr::Macro(node) if node.mac.path.is_ident("vec") => Some(Source::Data),
            Expr::Array(_) | Expr::Range(_) => Some(Source::Data),
            Expr::Call(node) => {
                let Expr::Path(function) = &*node.func else { return None };
                let path = function.path.to_token_stream();
                if called(&node.func)? == "stdin" {
                    return Some(Source::Stream);
                }
                source_of_tokens(&path).or_else(|| self.source(node.args.last()?))
            }
            _ => None,
        }
    }

    fn bind(&mut self, pat: &Pat, source: Option<Source>) {
        if let (Pat::Ident(pat), Some(source)) = (pat, source) {
            self.bound.push((pat.ident.clone(), source));
        }
    }
}

impl VisitMut for ServingRule {
    fn visit_local_mut(&mut self, node: &mut Local) {
        let made = node.init.as_ref().map(|init| &*init.expr);
        match &node.pat {
            Pat::Type(PatType { pat, ty, .. }) => self.bind(pat, source_of_type(ty)),
            Pat::Tuple(pat) => {
                let last = pat.elems.last().filter(|_| made.is_some_and(makes_channel));
                last.into_iter().for_each(|last| self.bind(last, Some(Source::Receiver)));
            }
            pat => {
                let source = made.and_then(|made| self.source(made));
                self.bind(pat, source);
            }
        }
        visit_mut::visit_local_mut(self, node);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn makes_channel(expr: &Expr) -> bool {
    match expr {
        Expr::Call(node) => {
            called(&node.func).is_some_and(|name| CHANNELS.iter().any(|channel| name == channel))
        }
        _ => false,
    }
}

fn wait_name(name: &str) -> Option<&'static WaitName> {
    let is = |wait: &&WaitName| name == wait.name || (wait.is_prefix && name.starts_with(wait.name));
    WAITS.iter().find(is)
}

fn is_wrapper(name: &Ident) -> bool {
    FUTURE_WRAPPERS.iter().any(|wrapper| name == wrapper)
}

/// Returns the name of the function that is called, if it is written as a path.
fn called(function: &Expr) -> Option<&Ident> {
    let Expr::Path(function) = function else { return None };
    Some(&function.path.segments.last()?.ident)
}

/// Returns the source that the name of a variable or field stands for.
fn source_of_name(name: &str) -> Option<Source> {
    let is = |word: &str| name.split('_').next_back() == Some(word) || name.split('_').next() == Some(word);
    if is("rx") || is("receiver") {
        Some(Source::Receiver)
    } else if ["stdin", "stream", "socket", "conn", "connection"].into_iter().any(is) {
        Some(Source::Stream)
    } else {
        None
    }
}

fn source_of_type(ty: &Type) -> Option<Source> {
    match ty {
        Type::Slice(_) | Type::Array(_) => Some(Source::Data),
        Type::Reference(ty) => source_of_type(&ty.elem),
        ty => source_of_tokens(&ty.to_token_stream()),
    }
}

/// Returns the source that the names of a type stand for: `BufReader<TcpStream>`.
fn source_of_tokens(tokens: &TokenStream) -> Option<Source> {
    let mut source = None;
    for token in tokens.clone() {
        let TokenTree::Ident(name) = token else { continue };
        let name = name.to_string();
        if name.ends_with("Receiver") {
            return Some(Source::Receiver);
        } else if STREAM_TYPES.contains(&name.as_str()) {
            source = Some(Source::Stream);
        } else if source.is_none() && DATA_TYPES.contains(&name.as_str()) {
            source = Some(Source::Data);
        }
    }
    source
}

/// Returns whether a function with this return type returns more than its success and a number.
fn is_data(ty: &Type) -> bool {
    match ty {
        Type::Never(_) => false,
        Type::Tuple(ty) => !ty.elems.is_empty(),
        Type::Paren(ty) => is_data(&ty.elem),
        Type::Group(ty) => is_data(&ty.elem),
        Type::Path(ty) => {
            let Some(last) = ty.path.segments.last() else { return true };
            let name = last.ident.to_string();
            let first = match &last.arguments {
                PathArguments::AngleBracketed(arguments) => arguments.args.first(),
                _ => None,
            };
            match first {
                Some(GenericArgument::Type(first)) if name.ends_with("Result") => is_data(first),
                None if name.ends_with("Result") => false,
                _ => !["bool", "i32", "i64", "isize", "u32", "u64", "usize", "ExitCode", "Infallible"]
                    .contains(&name.as_str()),
            }
        }
        _ => true,
    }
}

/// Returns whether a loop with this condition runs until it is told to stop: it compares nothing.
pub(crate) fn runs_on(condition: &Expr) -> bool {
    match condition {
        Expr::Lit(node) => matches!(node.lit, Lit::Bool(_)),
        Expr::Path(_) | Expr::Field(_) | Expr::MethodCall(_) | Expr::Call(_) => true,
        Expr::Paren(node) => runs_on(&node.expr),
        Expr::Group(node) => runs_on(&node.expr),
        Expr::Unary(node) => matches!(node.op, UnOp::Not(_)) && runs_on(&node.expr),
        Expr::Binary(node) => {
            matches!(node.op, BinOp::And(_) | BinOp::Or(_)) && runs_on(&node.left) && runs_on(&node.right)
        }
        _ => false,
    }
}

/// Returns whether a statement may come before the head of a loop. The search changes nothing.
fn prepares(stmt: &Stmt) -> bool {
    let mut search = WorkSearch { found: false };
    search.visit_stmt_mut(&mut stmt.clone());
    !search.found
}

/// Searches a statement for work that belongs to a turn.
struct WorkSearch {
    found: bool,
}

impl WorkSearch {
    /// Returns whether `expr` only waits for its turn: a lock or a permit.
    fn is_permit(expr: &Expr) -> bool {
        let Expr::Await(node) = expr else { return false };
        let Expr::MethodCall(call) = &*node.base else { return false };
        call.method == "lock" || call.method.to_string().starts_with("acquire")
    }
}

impl VisitMut for WorkSearch {
    fn visit_expr_await_mut(&mut self, node: &mut ExprAwait) {
        self.found |= !Self::is_permit(&Expr::Await(node.clone()));
    }

    fn visit_expr_try_mut(&mut self, node: &mut ExprTry) {
        self.found |= !Self::is_permit(&node.expr);
    }

    fn visit_expr_break_mut(&mut self, node: &mut ExprBreak) {
        self.found |= node.expr.is_some();
    }

    fn visit_expr_return_mut(&mut self, node: &mut ExprReturn) {
        self.found |= node.expr.is_some();
    }

    fn visit_expr_for_loop_mut(&mut self, _: &mut ExprForLoop) {
        self.found = true;
    }

    fn visit_expr_loop_mut(&mut self, _: &mut ExprLoop) {
        self.found = true;
    }

    fn visit_expr_while_mut(&mut self, _: &mut ExprWhile) {
        self.found = true;
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// One arm of a `select!`.
pub(crate) struct SelectArm {
    /// The tokens before the `=>`.
    pub(crate) head: TokenStream,
    pub(crate) arrow: [TokenTree; 2],
    pub(crate) handler: TokenStream,
    /// The comma behind the handler.
    pub(crate) comma: Option<TokenTree>,
}

impl SelectArm {
    /// Returns whether the arm is taken when nothing came.
    pub(crate) fn is_default(&self) -> bool {
        let mut tokens = self.head.clone().into_iter();
        matches!(tokens.next(), Some(TokenTree::Ident(word))
            if word == "else" || word == "default" || word == "complete")
            && tokens.all(|token| matches!(token, TokenTree::Group(_)))
    }
}

/// Takes the tokens of a `select!` apart. Tokens behind the last arm are none.
pub(crate) fn arms(tokens: &TokenStream) -> Vec<SelectArm> {
    let mut tokens = tokens.clone().into_iter().peekable();
    let mut arms = Vec::new();
    loop {
        let mut head = TokenStream::new();
        let arrow = loop {
            let Some(token) = tokens.next() else { return arms };
            let is_equals = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '=');
            let then_greater = |next: &TokenTree| matches!(next, TokenTree::Punct(p) if p.as_char() == '>');
            match if is_equals { tokens.next_if(then_greater) } else { None } {
                Some(greater) => break [token, greater],
                None => head.extend([token]),
            }
        };
        let (mut handler, mut comma) = (TokenStream::new(), None);
        while let Some(token) = tokens.next() {
            if is_comma(&token) {
                comma = Some(token);
                break;
            }
            let is_block = handler.is_empty()
                && matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
            handler.extend([token]);
            let goes_on =
                |next: &TokenTree| matches!(next, TokenTree::Punct(p) if ".?".contains(p.as_char()));
            if is_block && !tokens.peek().is_some_and(|next| goes_on(next) || is_comma(next)) {
                break;
            }
        }
        arms.push(SelectArm { head, arrow, handler, comma });
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{ItemFn, parse_str};

    /// Returns whether the first loop of a function serves.
    fn serves(function: &str) -> bool {
        let ItemFn { sig, mut block, .. } = parse_str(function).unwrap();
        let output = crate::plan::return_type::written(&sig.output).cloned();
        let rule = ServingRule::read(&sig, &mut block, output.as_ref());
        let is_async = sig.asyncness.is_some();
        let first = block.stmts.iter_mut().find_map(|stmt| match stmt {
            Stmt::Expr(node @ (Expr::ForLoop(_) | Expr::Loop(_) | Expr::While(_)), _) => Some(node),
            _ => None,
        });
        match first.expect("the function has a loop") {
            Expr::ForLoop(node) => rule.iterates(&node.expr),
            Expr::Loop(node) => rule.first_wait_of_body(&mut node.body, is_async, &mut |_| {}),
            Expr::While(node) => {
                rule.first_wait(&mut node.cond, is_async, &mut |_| {})
                    || (runs_on(&node.cond) && rule.first_wait_of_body(&mut node.body, is_async, &mut |_| {}))
            }
            _ => unreachable!("only loops are searched for"),
        }
    }

    #[test]
    fn asynchronous_loops_that_wait_at_their_head_serve() {
        for body in [
            "while let Some(job) = rx.recv().await { run(job); }",
            "while let Ok(job) = self.queue.lock().await.recv().await { run(job); }",
            "while let Some(Ok(x)) = stream.next().await { f(x).await; }",
            "while let Some(x) = stream.try_next().await? { f(x).await; }",
            "while let Ok(Some(line)) = lines.next_line().await { f(line); }",
            "while let Ok(n) = socket.read(&mut buf).await && n > 0 { f(n); }",
            "while let Ok(Some(x)) = timeout(d, rx.recv()).await { f(x); }",
            "while watch.changed().await.is_ok() { f(); }",
            "while reader.read_line(&mut line).await? > 0 { f(&line)?; }",
            "while rx.recv_many(&mut jobs, 10).await > 0 { f(&jobs); }",
            "loop { let job = rx.recv().await; f(job); }",
            "loop { let (socket, _) = listener.accept().await?; f(socket); }",
            "loop { let Ok((socket, _)) = listener.accept().await else { continue }; f(socket); }",
            "loop { match listener.accept().await { Ok(a) => f(a), Err(e) => g(e) } }",
            "loop { interval.tick().await; job().await; }",
            "loop { let mut buf = [0; 9]; let n = socket.read(&mut buf).await?; if n == 0 { break } f(n); }",
            "loop { notify.notified().await; job().await; }",
            "loop { handle(queue.pop().await).await; }",
            "loop { if stop.load() { break; } let job = { let mut rx = rx.lock().await; \
                rx.recv().await }; f(job); }",
            "loop { let permit = permits.acquire().await?; let s = listener.accept().await?; f(s, permit); }",
            "loop { tokio::select! { Some(job) = rx.recv() => f(job).await, _ = stop.wait() => break, } }",
            "loop { let frame = tokio::select! { frame = self.read_frame() => frame?, () = stop() \
                => return Ok(()) }; f(frame); }",
            "loop { futures::select! { x = rx.next() => f(x), complete => break } }",
            "while !self.shutdown.is_shutdown() { let frame = self.connection.read_frame().await?; \
                f(frame); }",
            "loop { let request = read_request(&mut stream).await?; f(request).await; }",
        ] {
            for output in ["", "-> Result<(), Error>", "-> io::Result<u64>", "-> crate::Result<!>"] {
                assert!(serves(&format!("async fn f() {output} {{ {body} }}")), "{output}: {body}");
            }
        }
    }

    #[test]
    fn synchronous_loops_that_wait_at_their_head_serve() {
        for (arguments, body) in [
            ("", "while let Ok(job) = rx.recv() { f(job); }"),
            ("", "while let Ok(job) = receiver.recv_timeout(d) { f(job); }"),
            (
                "",
                "loop { let job = match jobs.lock().unwrap().recv() { Ok(job) => job, Err(_) => \
                    break }; f(job); }",
            ),
            ("", "loop { let (socket, _) = listener.accept()?; f(socket); }"),
            ("", "while let Ok((socket, _)) = listener.accept() { f(socket); }"),
            ("", "loop { let n = udp.recv_from(&mut buf)?; f(n); }"),
            ("", "for stream in listener.incoming() { f(stream); }"),
            ("", "for request in server.incoming_requests() { f(request); }"),
            ("", "for job in rx { f(job); }"),
            ("", "for job in &self.rx { f(job); }"),
            ("", "for job in job_rx.iter().enumerate() { f(job); }"),
            ("jobs: Receiver<Job>", "for job in jobs { f(job); }"),
            ("jobs: &mpsc::Receiver<Job>", "for job in jobs.iter() { f(job); }"),
            ("", "let (tx, jobs) = mpsc::channel(); for job in jobs { f(job); }"),
            ("", "for line in io::stdin().lines() { f(line); }"),
            (
                "",
                "let stdin = io::stdin(); for line in stdin.lock().lines().map_while(Result::ok) { \
                    f(line); }",
            ),
            (
                "peer: TcpStream",
                "let reader = BufReader::new(peer); for line in reader.lines() { f(line?); }",
            ),
            (
                "peer: TcpStream",
                "let mut r = BufReader::new(peer.try_clone()?); while r.read_line(&mut l)? > 0 { f(&l); }",
            ),
            ("mut stream: TcpStream", "loop { let request = read_request(&mut stream)?; f(request); }"),
        ] {
            assert!(serves(&format!("fn f({arguments}) {{ {body} }}")), "{arguments}: {body}");
        }
    }

    #[test]
    fn other_loops_do_not_serve() {
        for function in [
            "fn f(v: Vec<u8>) { for x in v { g(x); } }",
            "fn f(rx: Vec<u8>) { for x in rx { g(x); } }",
            "fn f() { let rx = vec![1]; for x in rx { g(x); } }",
            "fn f() { for x in v.iter().map(g) { h(x); } }",
            "fn f() { for x in rx.try_iter() { g(x); } }",
            "fn f(text: &str) { for line in text.lines() { g(line); } }",
            "fn f() { for line in BufReader::new(File::open(p)?).lines() { g(line?); } }",
            "fn f(file: File) { let reader = BufReader::new(file); for line in reader.lines() { \
                g(line?); } }",
            "fn f() { while let Some(x) = stack.pop() { g(x); } }",
            "fn f() { while let Some(x) = iter.next() { g(x); } }",
            "fn f() { while self.accept(Token::Comma) { g(); } }",
            "fn f() -> Vec<T> { let mut v = vec![]; while self.accept_comma() { v.push(g()); } v }",
            "fn f() { loop { let n = file.read(&mut buf)?; if n == 0 { break } g(n); } }",
            "fn f() { loop { let job = rx.try_recv(); g(job); } }",
            "fn f() { loop { g(); std::thread::sleep(d); } }",
            "async fn f() { loop { g().await; interval.tick().await; } }",
            "async fn f() { while let Some(done) = set.join_next().await { g(done); } }",
            "async fn f() { while let Some(x) = stack.pop() { g(x).await; } }",
            "async fn f() { for x in v { rx.recv().await; } }",
            "async fn f() { while n < 10 { let x = rx.recv().await; g(x); } }",
            "async fn f() { loop { let state = self.state.read().await; g(state); } }",
            "async fn f() { loop { let c = || async { rx.recv().await }; g(c).await; } }",
            "async fn f() -> Result<Frame> { loop { if let Some(f) = parse()? { return Ok(f) } \
                read_buf(&mut b).await?; } }",
            "async fn f() -> Result<Vec<Row>> { while let Some(row) = rows.try_next().await? { \
                v.push(g(row)?); } Ok(v) }",
            "async fn f() -> Bytes { while let Some(chunk) = body.next().await { b.extend(chunk); } b }",
            "async fn f() { loop { tokio::select! { x = &mut g => h(x), () = sleep(d) => break } } }",
        ] {
            assert!(!serves(function), "{function}");
        }
    }

    #[test]
    fn the_arms_of_a_select_are_taken_apart() {
        let text = "biased; Some(a) = b.recv() , if c == d => { e } () = f => g.h() , else => break";
        let arms: Vec<_> = arms(&text.parse().unwrap())
            .into_iter()
            .map(|arm| (arm.head.to_string(), arm.handler.to_string(), arm.comma.is_some(), arm.is_default()))
            .collect();
        let arm = |head: &str, handler: &str, comma, is_default| {
            (head.to_owned(), handler.to_owned(), comma, is_default)
        };
        assert_eq!(
            arms,
            [
                arm("biased ; Some (a) = b . recv () , if c == d", "{ e }", false, false),
                arm("() = f", "g . h ()", true, false),
                arm("else", "break", false, true),
            ]
        );
    }
}
