//! A page of rustdoc, and the items on it.

/// Classes of code blocks that rustdoc does not run.
const NOT_RUN: &str = "example-wrap ignore";

/// An item with a page or a place on one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The kind, by rustdoc's prefix of files: `struct`, `fn`, `mod`; or `method`.
    pub(crate) kind: String,
    /// The name below its page, as `Builder::memory`.
    pub(crate) name: String,
    pub(crate) has_description: bool,
    pub(crate) has_example: bool,
    /// True for a method that takes `self` only and returns a value: its description says all.
    pub(crate) is_getter: bool,
}

/// Returns the items of a page: that of the page, and its own methods. None for a page without an
/// item: a list or a redirection.
pub(crate) fn items(file: &str, page: &str) -> Vec<Item> {
    let Some((kind, name)) = kind_and_name(file, page) else {
        return Vec::new();
    };
    let head = page.split("<h2 id=\"").next().unwrap_or(page);
    let documented = head.find("<details class=\"toggle top-doc\"");
    let description = documented.map_or("", |start| division(&page[start..]));
    let mut items = vec![Item {
        kind: kind.to_owned(),
        name: name.to_owned(),
        has_description: !text(description).trim().is_empty(),
        has_example: has_example(description),
        is_getter: false,
    }];
    items.extend(own_part(page).split("<section id=\"").skip(1).filter_map(|part| method(name, part)));
    items
}

/// Returns the names of internal crates that a reader of a page sees or is led to.
///
/// Addresses of sources and scripts name the crate that has the file, which no reader sees.
pub(crate) fn internal_names<'a>(page: &'a str, crates: &[&str]) -> Vec<&'a str> {
    let hidden = [("<script", "</script>"), ("<a class=\"src", ">"), ("<link", ">")];
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = crates.iter().filter_map(|name| page[from..].find(name)).min() {
        let at = from + at;
        let before = &page[..at];
        let is_hidden = hidden.iter().any(|(opens, closes)| {
            before.rfind(opens).is_some_and(|start| !before[start..].contains(closes))
        });
        if !is_hidden {
            let (start, end) = (at.saturating_sub(40), (at + 60).min(page.len()));
            found.push(&page[floor(page, start)..floor(page, end)]);
        }
        from = at + 1;
    }
    found
}

/// Returns the kind and the name of the item that a file describes.
fn kind_and_name<'a>(file: &'a str, page: &'a str) -> Option<(&'a str, &'a str)> {
    if page.contains("http-equiv=\"refresh\"") {
        return None;
    }
    let stem = file.strip_suffix(".html")?;
    if stem == "index" {
        let title = page.split("<title>").nth(1)?.split(" - Rust").next()?;
        return Some(("mod", title.split(" in ").next()?));
    }
    stem.split_once('.')
}

/// Returns the part of a page before the impls of traits and the implementors.
fn own_part(page: &str) -> &str {
    let ends = ["trait-implementations", "synthetic-implementations", "foreign-impls", "implementors"];
    let end = ends.iter().filter_map(|id| page.find(&format!("<h2 id=\"{id}\""))).min();
    &page[..end.unwrap_or(page.len())]
}

/// Reads a method from the text behind `<section id="`.
fn method(owner: &str, part: &str) -> Option<Item> {
    let (id, rest) = part.split_once('"')?;
    let name = id.strip_prefix("method.").or(id.strip_prefix("tymethod."))?;
    let (header, body) = rest.strip_prefix(" class=\"method\"")?.split_once("</section>")?;
    let description = body.find("<div class=\"docblock\">").map_or("", |start| division(&body[start..]));
    let signature = text(header.split("<h4").nth(1).unwrap_or_default());
    let parameters = signature.split_once(&format!("{name}(")).map_or("", |(_, rest)| rest);
    let is_getter = ["&self) ->", "self) ->", "&mut self) ->"].iter().any(|own| parameters.starts_with(own));
    Some(Item {
        kind: "method".to_owned(),
        name: format!("{owner}::{name}"),
        has_description: !text(description).trim().is_empty(),
        has_example: has_example(description),
        is_getter: is_getter && !parameters.ends_with("-> Self"),
    })
}

fn has_example(description: &str) -> bool {
    description.split("class=\"example-wrap").skip(1).any(|block| {
        let block = format!("example-wrap{block}");
        !block.starts_with(NOT_RUN) && block.contains("<pre class=\"rust rust-example-rendered")
    })
}

/// Returns the first `div` of a text, with those inside.
fn division(text: &str) -> &str {
    let Some(start) = text.find("<div") else {
        return "";
    };
    let text = &text[start..];
    let mut depth = 0_usize;
    for (at, _) in text.match_indices('<') {
        let tag = &text[at..];
        if tag.starts_with("<div") {
            depth += 1;
        } else if let Some(rest) = tag.strip_prefix("</div>") {
            depth -= 1;
            if depth == 0 {
                return &text[..text.len() - rest.len()];
            }
        }
    }
    text
}

/// Returns a text without its tags.
pub(crate) fn text(html: &str) -> String {
    let shown = html.split('<').enumerate().map(|(number, part)| match number {
        0 => part,
        _ => part.split_once('>').map_or("", |(_, shown)| shown),
    });
    shown.collect::<String>().replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of a struct with two methods.
    const PAGE: &str = r#"<pre class="item-decl"><code>pub struct Flow;</code></pre>
        <details class="toggle top-doc" open><div class="docblock"><p>A flow.</p>
        <div class="example-wrap"><pre class="rust rust-example-rendered">flow()</pre></div></div></details>
        <h2 id="implementations">Implementations</h2>
        <section id="method.root" class="method"><h4>pub fn <a>root</a>(&amp;self) -&gt; Span</h4></section>
        <div class="docblock"><p>Returns the root.</p></div>
        <section id="method.keep" class="method"><h4>pub fn <a>keep</a>(self) -&gt; Self</h4></section>
        <h2 id="trait-implementations">Trait Implementations</h2>
        <section id="method.fmt" class="method"><h4>fn <a>fmt</a>(&amp;self)</h4></section>"#;

    #[test]
    fn a_page_has_its_item_and_its_own_methods() {
        let items = items("struct.Flow.html", PAGE);
        let facts = |item: &Item| (item.has_description, item.has_example, item.is_getter);
        let found: Vec<_> = items.iter().map(|item| (&*item.name, facts(item))).collect();
        let expected = [
            ("Flow", (true, true, false)),
            ("Flow::root", (true, false, true)),
            ("Flow::keep", (false, false, false)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_example_that_does_not_run_is_none() {
        let page = PAGE.replace("example-wrap", "example-wrap ignore");
        assert!(!items("struct.Flow.html", &page)[0].has_example);
    }

    #[test]
    fn a_redirection_has_no_item() {
        assert_eq!(items("fn.old.html", r#"<meta http-equiv="refresh" content="0;URL=new.html">"#), []);
    }

    #[test]
    fn a_module_without_a_text_has_no_description() {
        let page = "<title>omegi::otel - Rust</title><h2 id=\"structs\">Structs</h2>";
        let items = items("index.html", page);
        assert!(items[0].kind == "mod" && !items[0].has_description);
    }

    #[test]
    fn addresses_of_sources_and_scripts_may_name_internal_crates() {
        let crates = ["omegi_runtime"];
        let hidden = r#"<a class="src" href="omegi_runtime/x"></a>
            <script src="omegi_runtime.js" data-crates="omegi_runtime"></script>"#;
        assert_eq!(internal_names(hidden, &crates), Vec::<&str>::new());
        let shown = r#"<script></script><a href="../omegi_runtime/struct.Flow.html" title="Flow">Flow</a>"#;
        assert_eq!(internal_names(shown, &crates).len(), 1);
    }
}
