//! Sellers, buyers and authorities that do not exist; tax numbers that nobody has.

use billing::invoice::{Abroad, Party, TitleKind};

use crate::dice::Dice;

/// A country, with a currency, a zone, and how its tax numbers begin.
pub(super) struct Country {
    code: &'static str,
    prefix: &'static str,
    currency: &'static str,
    zone: &'static str,
}

const COUNTRIES: [Country; 8] = [
    country("DE", "DE", "EUR", "Europe/Berlin"),
    country("GR", "EL", "EUR", "Europe/Athens"),
    country("FR", "FR", "EUR", "Europe/Paris"),
    country("PL", "PL", "PLN", "Europe/Warsaw"),
    country("GB", "", "GBP", "Europe/London"),
    country("JP", "", "JPY", "Asia/Tokyo"),
    country("US", "", "USD", "America/Los_Angeles"),
    country("CN", "", "CNY", "Asia/Shanghai"),
];

const fn country(
    code: &'static str,
    prefix: &'static str,
    currency: &'static str,
    zone: &'static str,
) -> Country {
    Country { code, prefix, currency, zone }
}

pub(super) fn country_of(dice: &mut Dice) -> &'static Country {
    dice.one_of(&COUNTRIES)
}

impl Country {
    pub(super) fn abroad(&self) -> Abroad {
        Abroad { currency: self.currency.to_owned(), time_zone: self.zone.to_owned() }
    }

    pub(super) fn seller(&self, dice: &mut Dice) -> Party {
        let number = format!("{}{:09}", self.prefix, dice.below(1_000_000_000));
        Party {
            address: Some("1 Example Street".to_owned()),
            country: Some(self.code.to_owned()),
            ..Party::named(TitleKind::Company, "Example Parking & Sons", Some(&number))
        }
    }

    pub(super) fn buyer(&self, dice: &mut Dice) -> Party {
        let number = format!("{}{:09}", self.prefix, dice.below(1_000_000_000));
        let company = dice.below(2) == 0;
        let kind = if company { TitleKind::Company } else { TitleKind::Person };
        let name =
            *dice.one_of(&["Jane \"JD\" Doe", "Müller <Söhne>", "O'Neill & Co", "株式会社例"]);
        Party {
            country: Some(self.code.to_owned()),
            ..Party::named(kind, name, company.then_some(number.as_str()))
        }
    }
}

pub(super) fn company(dice: &mut Dice) -> Party {
    let mut party =
        Party::named(TitleKind::Company, "示例停车管理有限公司", Some("91620400MA00SAMPLE"));
    if dice.below(2) == 0 {
        party.address = Some("示例市示例区示例路1号".to_owned());
        party.phone = Some("0943-0000000".to_owned());
        party.bank = Some("示例银行示例支行".to_owned());
        party.bank_account = Some("0000000000000000000".to_owned());
    }
    party
}

pub(super) fn authority() -> Party {
    Party::named(TitleKind::Company, "示例市停车管理事务中心", None)
}

/// Persons and companies; long names, names that XML must escape, characters beyond 16 bits.
pub(super) fn buyer(dice: &mut Dice) -> Party {
    const NAMES: [&str; 6] = [
        "张三",
        "示例科技（甘肃）有限责任公司第一分公司",
        "甲 & 乙 \"有限\" '公司' <示例>",
        "𠮷野家示例餐饮有限公司",
        "一家名字特别长而且还要再长一些以便看看表格里面会不会换行的示例文化传播股份有限公司白银市白银区人民路第三营业部",
        "Example Trading Co., Ltd.",
    ];
    let name = *dice.one_of(&NAMES);
    if dice.below(2) == 0 {
        return Party::named(TitleKind::Person, name, None);
    }
    let digits = *dice.one_of(&[15_usize, 18, 20]);
    let number: String =
        (0..digits).map(|_| char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or(0))).collect();
    Party::named(TitleKind::Company, name, Some(&number))
}
