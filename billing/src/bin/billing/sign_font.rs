//! Which fonts PDF and OFD are written with.

use std::path::Path;

use billing::sheet::{Font, KNOWN_FONTS, LATIN_FONT};

use crate::told::Told;

/// The font that is named, before those that are known and there: the first that has all letters of
/// a line writes it.
pub(crate) fn fonts(named: Option<&str>) -> Result<Vec<Font>, Told> {
    let there = KNOWN_FONTS.iter().filter(|(path, ..)| Path::new(path).is_file());
    let mut fonts = Vec::new();
    if let Some(named) = named {
        let (path, number) = match named.rsplit_once('#') {
            Some((path, number)) => {
                let message = format!("{named}: after # comes the number of a font, from 0");
                let number = number.parse().map_err(|_| Told::new("no_font", message))?;
                (path, number)
            }
            None => (named, 0),
        };
        fonts.push(read(Path::new(path), number)?);
    } else if there.clone().all(|(.., package)| *package == LATIN_FONT) {
        return Err(Told::new(
            "no_font",
            "找不到中文字体：请安装 fonts-noto-cjk，或用 --font 指定 / no Chinese font was \
                    found: install Debian's fonts-noto-cjk (`apt install fonts-noto-cjk`), or name a \
                    font file with --font",
        ));
    }
    for (path, number, _) in there {
        fonts.push(read(Path::new(path), *number)?);
    }
    Ok(fonts)
}

fn read(path: &Path, number: u32) -> Result<Font, Told> {
    let bytes = std::fs::read(path)
        .map_err(|error| Told::new("no_font", format!("{}: {error}", path.display())))?;
    Font::new(bytes, number).map_err(|reject| {
        Told::new(reject.code(), format!("{}#{number}: {reject}", path.display()))
    })
}
