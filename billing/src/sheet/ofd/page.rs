//! A page of a package: boxes and codes as paths, lines as text objects with the place of each letter.

use super::markup::{HEAD, NAMESPACE, millimetres, text};
use super::tags::Tags;
use super::template::Template;
use super::{DrawReject, Sheet, Typesetter};
use crate::sheet::typeset::{Run, um};
use crate::sheet::{Colour, Mark, dark_runs};

/// Percent of the em above the baseline, and the height of a text object: no letter is cut off by
/// a reader that clips at the object's box.
const ASCENT: i64 = 90;
const HEIGHT: i64 = 125;

/// Numbers of the objects of a document; each is given once.
#[derive(Debug)]
pub(super) struct Ids(u32);

impl Ids {
    /// Those after the first ones, which are taken.
    pub(super) fn after(taken: usize) -> Self {
        Ids(u32::try_from(taken).unwrap_or(0))
    }

    pub(super) fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }

    pub(super) fn last(&self) -> u32 {
        self.0
    }
}

/// The size of a page.
pub(super) fn area(sheet: &Sheet) -> String {
    let (width, height) = (millimetres(um(sheet.width)), millimetres(um(sheet.height)));
    format!("<ofd:PhysicalBox>0 0 {width} {height}</ofd:PhysicalBox>")
}

/// `Content.xml` of a page, with what lies under it.
///
/// # Errors
/// A `DrawReject` for a text that cannot be set or written.
pub(super) fn content(
    sheet: &Sheet,
    (page, template): (u32, Option<&Template<'_>>),
    ids: &mut Ids,
    typesetter: &mut Typesetter<'_>,
    tags: &mut Tags,
) -> Result<String, DrawReject> {
    let layer = ids.next();
    let mut content = format!(
        "{HEAD}<ofd:Page {NAMESPACE}>{}<ofd:Area>{}</ofd:Area><ofd:Content>\
         <ofd:Layer ID=\"{layer}\" Type=\"Body\">\n",
        template.map(Template::reference).unwrap_or_default(),
        area(sheet)
    );
    let own = |mark: &&Mark| template.is_none_or(|template| !template.holds(mark));
    for mark in sheet.marks.iter().filter(own) {
        match mark {
            Mark::Box { x, y, width, height, colour } => {
                let whole = (*x, *y, *width, *height);
                let outline = rectangle((0, 0), (*width, *height));
                content.push_str(&path(ids.next(), whole, *colour, &outline));
            }
            Mark::Code { x, y, cell, rows } => {
                content.push_str(&code(ids.next(), (*x, *y), *cell, rows));
            }
            Mark::Text { .. } => line(&mut content, mark, page, ids, typesetter, tags)?,
        }
    }
    content.push_str("</ofd:Layer></ofd:Content></ofd:Page>");
    Ok(content)
}

/// A code as one path.
pub(super) fn code(id: u32, (x, y): (i16, i16), cell: i16, rows: &[Vec<bool>]) -> String {
    let side = i16::try_from(rows.len()).unwrap_or(0).saturating_mul(cell);
    let squares = dark_runs(0, 0, cell, rows);
    let outlines: Vec<String> =
        squares.map(|(left, top, width)| rectangle((left, top), (width, cell))).collect();
    path(id, (x, y, side, side), Colour::Ink, &outlines.join(" "))
}

fn rectangle((x, y): (i16, i16), (width, height): (i16, i16)) -> String {
    let (left, top) = (millimetres(um(x)), millimetres(um(y)));
    let right = millimetres(um(x.saturating_add(width)));
    let bottom = millimetres(um(y.saturating_add(height)));
    format!("M {left} {top} L {right} {top} L {right} {bottom} L {left} {bottom} C")
}

fn path(
    id: u32,
    (x, y, width, height): (i16, i16, i16, i16),
    colour: Colour,
    outline: &str,
) -> String {
    let place = [x, y, width, height].map(|side| millimetres(um(side))).join(" ");
    format!(
        "<ofd:PathObject ID=\"{id}\" Boundary=\"{place}\" Stroke=\"false\" Fill=\"true\">\
         <ofd:FillColor Value=\"{}\"/><ofd:AbbreviatedData>{outline}</ofd:AbbreviatedData>\
         </ofd:PathObject>\n",
        rgb(colour)
    )
}

fn rgb(colour: Colour) -> String {
    let (red, green, blue) = colour.rgb();
    format!("{red} {green} {blue}")
}

/// A line of text: an object for each font in it.
fn line(
    content: &mut String,
    mark: &Mark,
    page: u32,
    ids: &mut Ids,
    typesetter: &mut Typesetter<'_>,
    tags: &mut Tags,
) -> Result<(), DrawReject> {
    let Mark::Text { x, y, size, colour, align, text: words, field } = mark else { return Ok(()) };
    let runs = typesetter.line(words)?;
    let mut left = typesetter.start_um(&runs, *x, *size, *align);
    let hundredth = i64::from(*size);
    let (ascent, height) = (hundredth.saturating_mul(ASCENT), hundredth.saturating_mul(HEIGHT));
    let top = um(*y).saturating_sub(ascent);
    for run in &runs {
        let (id, width) = (ids.next(), typesetter.width_um(run, *size));
        // An accent or a joiner alone moves nothing on, but a box without width is refused.
        let wide = if width > 0 { width } else { um(*size) };
        let place = [left, top, wide, height].map(millimetres).join(" ");
        let font = run.font.saturating_add(1);
        content.push_str(&format!(
            "<ofd:TextObject ID=\"{id}\" Boundary=\"{place}\" Font=\"{font}\" Size=\"{}\">\
             <ofd:FillColor Value=\"{}\"/><ofd:TextCode X=\"0\" Y=\"{}\"{}>{}</ofd:TextCode>\
             </ofd:TextObject>\n",
            millimetres(um(*size)),
            rgb(*colour),
            millimetres(ascent),
            steps(run, *size, typesetter),
            text(run.text)?,
        ));
        if let Some(field) = field {
            tags.add(*field, page, id);
        }
        left = left.saturating_add(width);
    }
    Ok(())
}

/// From each letter to the next; `g 3 2.8` stands for 2.8 three times.
fn steps(run: &Run<'_>, size: i16, typesetter: &Typesetter<'_>) -> String {
    let Some((_, before)) = run.letters.split_last() else { return String::new() };
    let each = |letter| typesetter.advance_um(run, letter, size);
    let steps: Vec<i64> = before.iter().map(|letter| each(*letter)).collect();
    let groups: Vec<String> = steps
        .chunk_by(|one, next| one == next)
        .map(|group| {
            let step = millimetres(group.first().copied().unwrap_or(0));
            if group.len() > 2 {
                format!("g {} {step}", group.len())
            } else {
                vec![step; group.len()].join(" ")
            }
        })
        .collect();
    if groups.is_empty() { String::new() } else { format!(" DeltaX=\"{}\"", groups.join(" ")) }
}
