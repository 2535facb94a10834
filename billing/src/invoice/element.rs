//! Elements written in order, as XML and UBL need them.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// A document while it is written, UTF-8, indented by two.
pub(super) struct Markup {
    writer: Writer<Vec<u8>>,
}

impl Markup {
    pub(super) fn new() -> Self {
        let mut markup = Markup { writer: Writer::new_with_indent(Vec::new(), b' ', 2) };
        markup.write(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)));
        markup
    }

    pub(super) fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.element_with(name, &[], content);
    }

    pub(super) fn element_with(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        content: impl FnOnce(&mut Self),
    ) {
        let start = BytesStart::new(name).with_attributes(attributes.iter().copied());
        self.write(Event::Start(start));
        content(self);
        self.write(Event::End(BytesEnd::new(name)));
    }

    /// An element that holds nothing but text; empty where the text is.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    pub(super) fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() {
            self.write(Event::Empty(
                BytesStart::new(name).with_attributes(attributes.iter().copied()),
            ));
            return;
        }
        self.element_with(name, attributes, |m| m.write(Event::Text(BytesText::new(text))));
    }

    pub(super) fn finish(self) -> String {
        String::from_utf8(self.writer.into_inner()).expect("only text was written")
    }

    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory cannot fail");
    }
}
