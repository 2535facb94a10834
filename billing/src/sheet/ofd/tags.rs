//! Tags: which text objects show which value, as readers of 数电票 look for them.
//!
//! The form is that of published files: root `ofd:root`, leaves such as `InvoiceNo`, in them
//! references to text objects.

use super::markup::{HEAD, NAMESPACE};
use crate::sheet::Field;

/// The tags of a document, in the order of their first object.
#[derive(Debug, Default)]
pub(super) struct Tags {
    values: Vec<(Field, Vec<(u32, u32)>)>,
}

impl Tags {
    /// A text object on a page shows a value or the next part of it.
    pub(super) fn add(&mut self, field: Field, page: u32, object: u32) {
        match self.values.iter_mut().rev().find(|(known, _)| *known == field) {
            Some((_, objects)) => objects.push((page, object)),
            None => self.values.push((field, vec![(page, object)])),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The tag file.
    pub(super) fn content(&self) -> String {
        let mut content = format!("{HEAD}<ofd:root {NAMESPACE}>\n");
        for (field, objects) in &self.values {
            let name = field.name;
            let references = objects.iter().map(|(page, object)| {
                format!("<ofd:ObjectRef PageRef=\"{page}\">{object}</ofd:ObjectRef>")
            });
            let references: String = references.collect();
            content.push_str(&format!("<ofd:{name}>{references}</ofd:{name}>\n"));
        }
        content.push_str("</ofd:root>");
        content
    }
}

/// `CustomTags.xml`: where the tag file lies.
pub(super) fn list() -> String {
    format!(
        "{HEAD}<ofd:CustomTags {NAMESPACE}><ofd:CustomTag NameSpace=\"http://www.ofdspec.org/2016\">\
         <ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag></ofd:CustomTags>"
    )
}
