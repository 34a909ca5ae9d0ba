//! Reads the items of a crate from the pages that rustdoc has written.

use std::fs;
use std::path::Path;

/// Marker traits that most types have without saying so.
const AUTO_TRAITS: [&str; 5] = ["RefUnwindSafe", "Send", "Sync", "Unpin", "UnwindSafe"];

/// Marker traits that only a nightly compiler lets programs name.
const UNSTABLE_TRAITS: [&str; 3] = ["Freeze", "StructuralPartialEq", "UnsafeUnpin"];

/// Returns the items of the crate whose pages are below `folder`, in the order of their paths, and
/// below each its declaration, methods and implementations.
pub(crate) fn of_pages(folder: &Path) -> String {
    let mut items = Vec::new();
    collect(folder, &folder.file_name().unwrap().to_string_lossy(), &mut items);
    items.sort();
    let mut listing = String::new();
    for (path, lines) in items {
        listing += &format!("{path}\n");
        lines.iter().for_each(|line| listing += &format!("    {line}\n"));
    }
    listing
}

fn collect(folder: &Path, module: &str, items: &mut Vec<(String, Vec<String>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{module}::{name}"), items);
        } else if let Some(page) = name.strip_suffix(".html").filter(|page| *page != "all") {
            let lines = lines_of_page(&fs::read_to_string(&path).unwrap());
            match page.split_once('.') {
                // A page that leads to another one has no item.
                Some(_) if lines.is_empty() => {}
                Some((_, item)) => items.push((format!("{module}::{item}"), lines)),
                None => items.push((module.to_owned(), lines)),
            }
        }
    }
}

/// Returns the declaration of the item of a page, its methods and implementations. Of a module,
/// returns the items of other crates that it has under a name of its own.
fn lines_of_page(html: &str) -> Vec<String> {
    // The rest of the page is the same for all types.
    let html = html.split(r#"id="blanket-implementations""#).next().unwrap_or_default();
    let mut lines = Vec::new();
    for declaration in between(html, r#"<pre class="rust item-decl"><code>"#, "</code></pre>") {
        let text = text(declaration);
        lines.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
    }
    let is_trait = html.contains(r#"<h1>Trait "#);
    for section in between(html, "<section ", "</section>") {
        let Some(heading) = between(section, r#" class="code-header">"#, "</h").next() else { continue };
        let line = text(heading).split_whitespace().collect::<Vec<_>>().join(" ");
        let class = between(section, r#"class=""#, "\"").next().unwrap_or_default();
        match class {
            "impl" if is_usual_marker(&line) => {}
            "impl" => lines.push(line),
            // The declaration of a trait has its items.
            "method" | "associatedconstant" | "associatedtype" if is_trait => {}
            "method" | "associatedconstant" | "associatedtype" | "associatedtype trait-impl" => {
                lines.push(format!("    {line}"));
            }
            // The declaration has the variants, and the trait has its methods.
            _ => {}
        }
    }
    let reexports = html.split(r#" id="reexport."#).skip(1);
    lines.extend(reexports.filter_map(|it| between(it, "<code>", "</code>").next()).map(text));
    lines
}

/// Returns whether this line of a type tells users nothing: a marker trait without a condition, or
/// one that they cannot name.
fn is_usual_marker(line: &str) -> bool {
    let Some((implementation, _)) = line.split_once(" for ") else { return false };
    let name = implementation.rsplit(' ').next().unwrap_or_default();
    let has_parameters = implementation.starts_with("impl<");
    UNSTABLE_TRAITS.contains(&name) || (AUTO_TRAITS.contains(&name) && !has_parameters)
}

/// Returns the parts of `text` from each `start` to the next `end`.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(start).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// Returns the text that a browser shows.
fn text(html: &str) -> String {
    // A label of a folded part: "Show 12 fields".
    let labels =
        html.split("<summary").map(|part| part.split_once("</summary>").map_or(part, |(_, rest)| rest));
    let html = labels
        .collect::<String>()
        .replace("<br>", "\n")
        .replace("<div", "\n<div")
        .replace("</div>", "\n</div>");
    let text = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, shown)| shown)).collect();
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .iter()
        .fold(text, |text: String, (code, shown)| text.replace(code, shown))
}
