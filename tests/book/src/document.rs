//! A document in Markdown: its blocks, headings and links, with their lines.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The parts of a document that the checks read.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) blocks: Vec<Block>,
    /// The anchors of the headings, as GitHub and mdBook make them.
    pub(crate) anchors: Vec<String>,
    pub(crate) links: Vec<Reference>,
}

/// A block of code, or a comment of HTML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block {
    /// The line of its fence or of its comment.
    pub(crate) line: usize,
    pub(crate) kind: BlockKind,
    pub(crate) text: String,
}

/// The kinds of blocks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BlockKind {
    /// A block between fences, with the text behind the first fence.
    Fenced(String),
    Indented,
    Comment,
}

/// The target of a link or of an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) line: usize,
    pub(crate) target: String,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Self {
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
        let undefined = RefCell::new(Vec::new());
        let on_broken_link = |link: BrokenLink<'_>| {
            if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
                undefined.borrow_mut().push((link.span.start, format!("[{}]", link.reference)));
            }
            None
        };
        let mut reader =
            Reader { text, document: Self::default(), open: Open::Nothing, used: HashMap::new() };
        let parser = Parser::new_with_broken_link_callback(text, options, Some(on_broken_link));
        for (event, range) in parser.into_offset_iter() {
            reader.read(event, range);
        }
        let mut document = reader.document;
        for (start, target) in undefined.into_inner() {
            document.links.push(Reference { line: line_of(text, start), target });
        }
        document
    }
}

struct Reader<'a> {
    text: &'a str,
    document: Document,
    open: Open,
    /// The number of headings that have this anchor.
    used: HashMap<String, usize>,
}

enum Open {
    Nothing,
    Block(Block),
    Heading(String),
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, range: Range<usize>) {
        let line = line_of(self.text, range.start);
        let block = |kind| Open::Block(Block { line, kind, text: String::new() });
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                self.open = block(BlockKind::Fenced(info.into_string()));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => self.open = block(BlockKind::Indented),
            Event::Start(Tag::HtmlBlock) => self.open = block(BlockKind::Comment),
            Event::Start(Tag::Heading { .. }) => self.open = Open::Heading(String::new()),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.document.links.push(Reference { line, target: dest_url.into_string() });
            }
            Event::End(TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::Heading(_)) => self.close(),
            Event::Text(text) | Event::Code(text) => match &mut self.open {
                Open::Block(block) => block.text += &text,
                Open::Heading(heading) => *heading += &text,
                Open::Nothing => {}
            },
            Event::Html(html) | Event::InlineHtml(html) => {
                let targets =
                    ["href=\"", "src=\""].into_iter().flat_map(|name| attribute_values(&html, name));
                let references = targets.map(|target| Reference { line, target: target.to_owned() });
                self.document.links.extend(references);
                if let Open::Block(block) = &mut self.open {
                    block.text += &html;
                }
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Block(mut block) if block.kind == BlockKind::Comment => {
                let text = block.text.trim();
                if let Some(text) = text.strip_prefix("<!--").and_then(|text| text.strip_suffix("-->")) {
                    block.text = text.trim().to_owned();
                    self.document.blocks.push(block);
                }
            }
            Open::Block(block) => self.document.blocks.push(block),
            Open::Heading(heading) => {
                let anchor = anchor(&heading);
                let before = self.used.entry(anchor.clone()).or_default();
                let anchor = if *before == 0 { anchor } else { format!("{anchor}-{before}") };
                *before += 1;
                self.document.anchors.push(anchor);
            }
            Open::Nothing => {}
        }
    }
}

fn line_of(text: &str, position: usize) -> usize {
    text[..position].matches('\n').count() + 1
}

fn attribute_values<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
}

/// Returns the anchor of a heading: its letters and digits in lower case, `-` for blanks.
fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c.to_ascii_lowercase()),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    heading.trim().chars().filter_map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_those_of_github() {
        let text = "# Whole programs: `cargo omegi`\n## A & b_c\n## `--errors`, *too*\n## A\n## A\n## a\n";
        let anchors = ["whole-programs-cargo-omegi", "a--b_c", "--errors-too", "a", "a-1", "a-2"];
        assert_eq!(Document::parse(text).anchors, anchors);
    }

    #[test]
    fn links_images_html_and_undefined_references_are_links() {
        let text = "[a](a.md#b)\n![i](i.svg)\n\n<img src=\"x.svg\">\n\n[c][d] [e][f] [g]\n\n[d]: d.md\n";
        let links = Document::parse(text).links;
        let links: Vec<_> = links.iter().map(|link| (link.line, link.target.as_str())).collect();
        assert_eq!(links, [(1, "a.md#b"), (2, "i.svg"), (4, "x.svg"), (6, "d.md"), (6, "[f]")]);
    }

    #[test]
    fn blocks_have_their_line_and_text() {
        let text =
            "a\n\n```sh,no_run\nx\n\ny\n```\n\n<!-- run\nz\n\n-->\n\n- b\n\n  ```\n  c\n  ```\n\n    d\n";
        let blocks = Document::parse(text).blocks;
        let block = |line, kind, text: &str| Block { line, kind, text: text.to_owned() };
        let fenced = |info: &str| BlockKind::Fenced(info.to_owned());
        assert_eq!(blocks[0], block(3, fenced("sh,no_run"), "x\n\ny\n"));
        assert_eq!(blocks[1], block(9, BlockKind::Comment, "run\nz"));
        assert_eq!(blocks[2], block(16, fenced(""), "c\n"));
    }
}
