//! The judgement about the errors of a segment: whether they are a reason to keep the flow.

use std::mem;

use crate::vocabulary::{CallSite, ErrorSeen, SpanKind, Value};

use crate::recording::data::answers::Answer;
use crate::recording::data::error_kinds::{ErrorKind, ErrorKinds};
use crate::recording::data::error_paths::{ErrorRecord, Form};
use crate::recording::data::errors::Errors;
use crate::recording::data::judged_errors::{ErrorEnd, JudgedErrors, MetErrors};
use crate::recording::data::record::{NO_SPAN, ROOT, SpanRecord, SpanRef};
use crate::recording::data::updates::SpanUpdate;
use crate::recording::muting::quietly;
use crate::recording::policy::{self, FlowProcessor, Policy};
use crate::recording::segment::Segment;

/// The errors that are judged together: those of a segment, or of a part that leaves it.
struct Scope<'e> {
    errors: &'e [ErrorRecord],
    /// The spans that failed without an error.
    undescribed: Vec<SpanRef>,
    /// True if there was a failure of which nothing is known.
    any_unseen: bool,
    root: SpanRef,
    /// True if an error that leaves the root escapes. One that leaves the child of a long span may
    /// be handled there, and counts again if the long span ends with it.
    may_escape: bool,
    /// True if it is a branch of a flow.
    is_branch: bool,
    /// True if the answers of open servers are waited for.
    may_be_answered: bool,
}

/// The most kinds of error in a segment that are learned from.
const LEARNED_KINDS: usize = 32;

impl Segment {
    /// Judges the errors, now that the segment has ended. The segment has failed only if one of
    /// them counts. Returns `None` if there is none.
    pub(crate) fn judge_errors(&mut self, policy: &Policy) -> Option<JudgedErrors> {
        let processor = &*policy.processor;
        if !self.failed {
            if processor.watches_calls() {
                processor.learn(&[], &mut |site| self.calls_of(site));
            }
            return None;
        }
        let errors = mem::take(&mut self.errors);
        let judged = self.judged(&self.all_of(&errors), processor, |segment, met| {
            processor.learn(met, &mut |site| segment.calls_of(site));
        });
        self.errors = errors;
        self.failed = !judged.counted.as_slice().is_empty();
        Some(judged)
    }

    /// Judges the errors that there are so far. The segment goes on, so nothing is learned, and the
    /// answers of servers that have not answered may excuse errors, unless this is the `last` look.
    pub(super) fn judge_so_far(&mut self, policy: &Policy, last: bool) -> JudgedErrors {
        if !self.failed {
            return JudgedErrors::NONE;
        }
        let errors = mem::take(&mut self.errors);
        let scope = Scope { may_be_answered: !last, ..self.all_of(&errors) };
        let judged = self.judged(&scope, &*policy.processor, |_, _| ());
        self.errors = errors;
        judged.settled()
    }

    /// Judges the errors of a finished child of a long span, which is a flow of its own with these
    /// spans. `undescribed`: those that failed without an error. Called once for each child.
    pub(super) fn judge_child(
        &mut self,
        errors: &[ErrorRecord],
        undescribed: &[SpanRef],
        spans: &[SpanRef],
        policy: &Policy,
    ) -> JudgedErrors {
        let processor = &*policy.processor;
        let root = spans.first().copied().unwrap_or(NO_SPAN);
        if errors.is_empty() && undescribed.is_empty() {
            if processor.watches_calls() {
                processor.learn(&[], &mut |site| self.calls_among(spans, site));
            }
            return JudgedErrors::NONE;
        }
        let undescribed = undescribed.to_vec();
        let scope = Scope {
            errors,
            undescribed,
            any_unseen: false,
            root,
            may_escape: false,
            is_branch: false,
            may_be_answered: false,
        };
        let judged = self.judged(&scope, processor, |segment, met| {
            processor.learn(met, &mut |site| segment.calls_among(spans, site));
        });
        judged.settled()
    }

    /// Returns the scope of all errors of the segment.
    fn all_of<'e>(&self, errors: &'e Errors) -> Scope<'e> {
        Scope {
            errors: errors.records(),
            undescribed: errors.undescribed().collect(),
            any_unseen: errors.any_unseen(),
            root: ROOT,
            may_escape: self.opener().is_none(),
            is_branch: self.attached.is_some(),
            may_be_answered: false,
        }
    }

    /// Returns whether there is an error that counts in this segment or in another part of the
    /// flow, as far as that is known. The rules of the program are asked only at the end.
    pub(super) fn has_error_that_counts(&mut self) -> bool {
        let mut answered = ErrorKinds::NONE;
        let mut counts = self.failed;
        if let Some(policy) = policy::get().filter(|policy| self.failed && policy.processor.excuses_some()) {
            let errors = mem::take(&mut self.errors);
            counts = errors.any_unseen()
                || self.finds_error_that_counts(&errors, &mut answered, &*policy.processor);
            self.errors = errors;
        }
        counts || self.part.as_ref().is_some_and(|part| part.must_keep(&answered))
    }

    /// Adds the texts of errors that are answered to `texts`.
    fn finds_error_that_counts(
        &mut self,
        errors: &Errors,
        texts: &mut ErrorKinds,
        processor: &dyn FlowProcessor,
    ) -> bool {
        let scope = self.all_of(errors);
        let rest = &scope.errors[self.excused..];
        let mut answered = Vec::new();
        let ends = self.ends(&scope, rest, &mut answered);
        let of_caller = rest.iter().zip(&ends).filter(|(_, end)| **end == ErrorEnd::ClientError);
        of_caller.flat_map(|(error, _)| error.texts()).for_each(|text| texts.add(ErrorKind::of_text(text)));
        // Expected errors are not looked at again: there may be many.
        let mut never_counts = |error: &ErrorRecord, end| {
            let mut forms = error.forms().filter_map(|form| Some((form, self.kind_of(&form)?)));
            forms.all(|(form, kind)| is_excused(kind, end_of_form(&form, end), processor))
        };
        let excused: Vec<_> = rest.iter().zip(&ends).map(|(error, end)| never_counts(error, *end)).collect();
        // An error that came from another flow may still leave a span.
        let is_told = |error: &ErrorRecord| !error.path.is_empty();
        let judged = rest.iter().zip(ends.iter().zip(&excused));
        let expected =
            judged.take_while(|(error, (end, it))| **end == ErrorEnd::Handled && **it && is_told(error));
        self.excused += expected.count();
        excused.contains(&false)
            || scope.undescribed.iter().any(|span| {
                let end = self.end_of_undescribed(&scope, *span, &answered);
                let kind = self.undescribed_kind(*span);
                kind.is_none_or(|(_, _, kind)| !is_excused(kind, end, processor))
            })
    }

    /// Returns whether the local root is the span of a server, whose answer may excuse errors.
    pub(super) fn is_of_server(&mut self) -> bool {
        self.is_server(ROOT)
    }

    /// Judges errors. Calls `learn` with those that were met.
    fn judged(
        &mut self,
        scope: &Scope<'_>,
        processor: &dyn FlowProcessor,
        learn: impl FnOnce(&Self, &[MetErrors<'_>]),
    ) -> JudgedErrors {
        let (counts_all, excuses_some) = (processor.counts_all(), processor.excuses_some());
        let mut judged = JudgedErrors::default();
        let mut met = Vec::new();
        let mut answered = Vec::new();
        let ends = if excuses_some { self.ends(scope, scope.errors, &mut answered) } else { Vec::new() };
        for (nth, error) in scope.errors.iter().enumerate() {
            if !excuses_some && judged.counted.is_full() {
                break;
            }
            let end = ends.get(nth).copied().unwrap_or(ErrorEnd::Escaped);
            if end == ErrorEnd::ClientError {
                error.texts().for_each(|text| judged.answer(ErrorKind::of_text(text)));
            }
            for form in error.forms() {
                let Some(site) = self.site_of_form(&form) else { continue };
                let is_seen = |seen: ErrorSeen<'_>| {
                    processor.counts(&ErrorSeen { escapes: seen.escapes && scope.may_escape, ..seen })
                };
                if !counts_all && !form.seen(site).all(is_seen) {
                    continue;
                }
                let kind = ErrorKind::of(site, &form.text.error_type);
                let end = end_of_form(&form, end);
                if add(&mut judged, kind, ErrorKind::of_text(form.text), end, processor) {
                    note(&mut met, kind, site, &form.text.error_type, end);
                    break;
                }
                note(&mut met, kind, site, &form.text.error_type, end);
            }
        }
        let undescribed = if excuses_some { &*scope.undescribed } else { &[] };
        let described: Vec<_> = undescribed.iter().map(|span| self.undescribed_kind(*span)).collect();
        let mut others = JudgedErrors::NONE;
        for (span, described) in undescribed.iter().zip(&described) {
            let Some((site, text, kind)) = described else { continue };
            let end = self.end_of_undescribed(scope, *span, &answered);
            add(&mut others, *kind, ErrorKind::UNKNOWN, end, processor);
            note(&mut met, *kind, site, text, end);
        }
        // Such a kind has many causes. The limit on it must not hide an error that is known better.
        if judged.counted.as_slice().is_empty() {
            judged.merge(&others);
        }
        let is_unknown = scope.any_unseen || (!excuses_some && !scope.undescribed.is_empty());
        if is_unknown && judged.counted.as_slice().is_empty() {
            judged.counted.add(ErrorKind::UNKNOWN);
        }
        if excuses_some && !met.is_empty() {
            learn(self, &met);
        }
        judged
    }

    fn kind_of(&mut self, form: &Form<'_>) -> Option<ErrorKind> {
        Some(ErrorKind::of(self.site_of_form(form)?, &form.text.error_type))
    }

    fn site_of_form(&mut self, form: &Form<'_>) -> Option<&'static CallSite> {
        form.unrecorded.or_else(|| self.site(form.span))
    }

    /// Returns the kind of the failure of a span without an error: its call site, and the attribute
    /// `error.type`.
    fn undescribed_kind(&mut self, span: SpanRef) -> Option<(&'static CallSite, String, ErrorKind)> {
        let site = self.site(span)?;
        let text = self.attribute(span, "error.type").map(Value::to_string).unwrap_or_default();
        let kind = ErrorKind::of(site, &text);
        Some((site, text, kind))
    }

    /// Returns the end of each error. Adds the servers that answered with one of them to
    /// `answered`.
    ///
    /// An answer comes from one error: the last that reached the server. The others were handled.
    fn ends(
        &mut self,
        scope: &Scope<'_>,
        errors: &[ErrorRecord],
        answered: &mut Vec<SpanRef>,
    ) -> Vec<ErrorEnd> {
        let mut ends: Vec<_> = errors.iter().rev().map(|error| self.end_of(scope, error, answered)).collect();
        ends.reverse();
        ends
    }

    fn end_of(&mut self, scope: &Scope<'_>, error: &ErrorRecord, answered: &mut Vec<SpanRef>) -> ErrorEnd {
        let last = error.path.last();
        let is_inside = last.is_some_and(|step| step.unrecorded.is_some());
        let last = last.map_or(NO_SPAN, |step| step.span);
        if error.is_panic() || (self.is_server(last) && !is_inside) {
            return ErrorEnd::Escaped;
        }
        let caller = if is_inside { Some(last) } else { self.caller_in(scope, last) };
        let Some(server) = caller.and_then(|caller| self.receiving_server(scope, caller)) else {
            return self.end_in_code(scope, last, is_inside);
        };
        match self.end_at_server(scope, server) {
            ErrorEnd::ClientError if answered.contains(&server) => ErrorEnd::Handled,
            ErrorEnd::ClientError => {
                quietly(|| answered.push(server));
                ErrorEnd::ClientError
            }
            end => end,
        }
    }

    /// Returns the end of an error that left `span` and no other, and reached no server. It left a
    /// call inside of the span only, if it `is_inside`.
    fn end_in_code(&mut self, scope: &Scope<'_>, span: SpanRef, is_inside: bool) -> ErrorEnd {
        let surely = span == scope.root && !is_inside;
        let is_called_by_root = if is_inside {
            span == scope.root
        } else {
            self.recorded(span).is_some_and(|record| record.parent == scope.root)
        };
        match surely {
            _ if scope.is_branch && (surely || is_called_by_root) => ErrorEnd::Passed { surely },
            true if scope.may_escape => ErrorEnd::Escaped,
            _ => ErrorEnd::Handled,
        }
    }

    /// Returns the end of the failure of `span`, which no error left.
    fn end_of_undescribed(&mut self, scope: &Scope<'_>, span: SpanRef, answered: &[SpanRef]) -> ErrorEnd {
        if (span == scope.root && scope.may_escape) || self.is_server(span) {
            return ErrorEnd::Escaped;
        }
        let caller = self.caller_in(scope, span);
        let server = caller.and_then(|caller| self.receiving_server(scope, caller));
        let server = server.filter(|server| !answered.contains(server));
        server.map_or(ErrorEnd::Handled, |server| self.end_at_server(scope, server))
    }

    /// Returns the caller of `span` within the scope.
    fn caller_in(&mut self, scope: &Scope<'_>, span: SpanRef) -> Option<SpanRef> {
        self.recorded(span).filter(|_| span != scope.root).map(|record| record.parent)
    }

    /// Returns the server that received an error in `caller` or above.
    fn receiving_server(&mut self, scope: &Scope<'_>, mut caller: SpanRef) -> Option<SpanRef> {
        while !self.is_server(caller) {
            if caller == scope.root {
                return None;
            }
            caller = self.recorded(caller).filter(|record| !record.site.is_function())?.parent;
        }
        Some(caller)
    }

    /// Returns the end of an error that reached this server.
    fn end_at_server(&mut self, scope: &Scope<'_>, server: SpanRef) -> ErrorEnd {
        if self.recorded(server).is_some_and(|record| record.meta.outcome().is_error()) {
            return ErrorEnd::Escaped;
        }
        let is_open = self.recorded(server).is_some_and(|record| record.end == 0);
        match Answer::of(server, self.updates.as_slice()) {
            None if is_open && scope.may_be_answered => ErrorEnd::ClientError,
            Some(Answer::ClientError) => ErrorEnd::ClientError,
            Some(Answer::ServerError) => ErrorEnd::Escaped,
            Some(Answer::Success) | None => ErrorEnd::Handled,
        }
    }

    /// Returns whether `span` is the span of a server.
    fn is_server(&mut self, span: SpanRef) -> bool {
        let Some(record) = self.recorded(span) else { return false };
        // Only the spans of other libraries get their kind later.
        if record.site.span_kind() == SpanKind::Server || !record.meta.is_handle() {
            return record.site.span_kind() == SpanKind::Server;
        }
        let updates = self.updates.as_slice().iter().rev().filter(|update| update.span == span);
        let mut kinds = updates.filter_map(|update| match update.update {
            SpanUpdate::Kind(kind) => Some(kind),
            _ => None,
        });
        kinds.next() == Some(SpanKind::Server)
    }

    fn attribute(&self, span: SpanRef, key: &str) -> Option<&Value> {
        let updates = self.updates.as_slice().iter().rev().filter(|update| update.span == span);
        updates.filter_map(|update| update.update.attribute()).find(|it| it.key == key).map(|it| &it.value)
    }

    /// Notes that the callee of the active span keeps its part of the flow.
    pub(crate) fn note_upstream(&mut self) {
        let span = self.cursor;
        let address = ["server.address", "server.port"].map(|key| self.attribute(span, key).cloned());
        let peer = address.into_iter().flatten().map(|part| part.to_string()).collect::<Vec<_>>().join(":");
        let host = self.host(span);
        let Some(site) = self.site(host) else { return };
        let upstream = ErrorKind::of(site, &peer);
        self.upstreams.add(upstream);
        self.part.iter().for_each(|part| part.note_upstream(upstream));
    }

    /// Returns the number of calls of a site.
    fn calls_of(&self, site: &'static CallSite) -> u64 {
        let is_it = |other: &'static CallSite| std::ptr::eq(other, site);
        let records = self.records.as_slice().iter().filter(|record| is_it(record.site)).count() as u64;
        records + self.overflow.as_ref().map_or(0, |overflow| overflow.calls_of(site))
    }

    /// Returns the number of calls of a site that are among some spans, or summarised on them.
    fn calls_among(&self, spans: &[SpanRef], site: &'static CallSite) -> u64 {
        let is_it = |span: &&SpanRef| self.site_of(**span).is_some_and(|other| std::ptr::eq(other, site));
        let records = spans.iter().filter(is_it).count() as u64;
        let is_host = |host| spans.binary_search(&host).is_ok();
        records + self.overflow.as_ref().map_or(0, |overflow| overflow.summarised_on(is_host, site))
    }

    /// Returns the call site of a record.
    pub(super) fn site(&mut self, record: SpanRef) -> Option<&'static CallSite> {
        self.recorded(record).map(|record| record.site)
    }

    /// Returns a record, which may be a late one.
    fn recorded(&mut self, record: SpanRef) -> Option<SpanRecord> {
        match record.checked_sub(self.records.len()) {
            Some(late) => self.overflow.as_mut()?.late().get(late as usize).copied(),
            None => self.records.get_mut(record).copied(),
        }
    }
}

/// Adds the kind of an error with this text where it belongs. Returns whether the error counts, or
/// may count.
fn add(
    judged: &mut JudgedErrors,
    kind: ErrorKind,
    text: ErrorKind,
    end: ErrorEnd,
    processor: &dyn FlowProcessor,
) -> bool {
    if let ErrorEnd::Passed { .. } = end
        && !is_excused(kind, end, processor)
    {
        judged.pass(kind, text);
        return true;
    }
    let counts = !processor.excuses_some() || !is_excused(kind, end, processor);
    let kinds = match end {
        _ if counts => &mut judged.counted,
        ErrorEnd::ClientError => &mut judged.client,
        _ => &mut judged.expected,
    };
    kinds.add(kind);
    counts
}

/// Returns the end of one form of an error that ended like this.
fn end_of_form(form: &Form<'_>, end: ErrorEnd) -> ErrorEnd {
    if form.goes_on { end } else { ErrorEnd::Handled }
}

/// Returns whether an error is no reason to keep its flow.
fn is_excused(kind: ErrorKind, end: ErrorEnd, processor: &dyn FlowProcessor) -> bool {
    match end {
        ErrorEnd::Escaped | ErrorEnd::Passed { surely: true } => false,
        ErrorEnd::ClientError => true,
        ErrorEnd::Handled | ErrorEnd::Passed { surely: false } => processor.expects(kind),
    }
}

/// Notes an error to learn from. An error of the caller was neither handled nor did it escape.
fn note<'a>(
    met: &mut Vec<MetErrors<'a>>,
    kind: ErrorKind,
    site: &'static CallSite,
    error_type: &'a str,
    end: ErrorEnd,
) {
    if end == ErrorEnd::ClientError {
        return;
    }
    let escaped = matches!(end, ErrorEnd::Escaped | ErrorEnd::Passed { surely: true });
    if let Some(met) = met.iter_mut().find(|met| met.kind == kind) {
        met.count += 1;
        met.escaped |= escaped;
    } else if met.len() < LEARNED_KINDS {
        quietly(|| met.push(MetErrors { kind, site, error_type, count: 1, escaped }));
    }
}
