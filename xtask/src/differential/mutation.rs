//! Changes: of the text of a token, which no signature survives, and of what a right signature is put on.

use callsign_protocol::date::Timestamp;
use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Characters that readers of base64 and of tokens treat differently.
const CHARACTERS: [char; 14] = ['A', 'Q', '-', '_', '+', '/', '=', '.', ' ', '\t', '%', '\u{0}', 'é', '~'];

/// The token's text with one to three changes.
pub(super) fn of_text(random: &mut Rng, token: &str) -> String {
    let mut characters: Vec<char> = token.chars().collect();
    for _ in 0..random.usize(1..=3) {
        let place = random.usize(0..characters.len().max(1));
        match random.u8(0..9) {
            0 => replace(&mut characters, place, pick(random, &CHARACTERS)),
            1 => characters.insert(place.min(characters.len()), pick(random, &CHARACTERS)),
            2 if place < characters.len() => drop(characters.remove(place)),
            3 => characters.truncate(place),
            4 => characters.extend(['=', '.', ' '].into_iter().take(random.usize(1..=3))),
            5 => swap_case(&mut characters, place),
            6 => {
                let other = random.usize(0..characters.len().max(1));
                if place < characters.len() && other < characters.len() {
                    characters.swap(place, other);
                }
            }
            7 => neighbour(&mut characters, place),
            _ => double_part(random, &mut characters),
        }
    }
    characters.into_iter().collect()
}

fn pick<T: Copy + Default>(random: &mut Rng, from: &[T]) -> T {
    from.get(random.usize(0..from.len().max(1))).copied().unwrap_or_default()
}

fn replace(characters: &mut [char], place: usize, by: char) {
    if let Some(character) = characters.get_mut(place) {
        *character = by;
    }
}

fn swap_case(characters: &mut [char], place: usize) {
    if let Some(character) = characters.get_mut(place) {
        *character = if character.is_lowercase() {
            character.to_ascii_uppercase()
        } else {
            character.to_ascii_lowercase()
        };
    }
}

/// The next character of the alphabet: at the end of a part it differs in bits that some readers ignore.
fn neighbour(characters: &mut [char], place: usize) {
    let ends: Vec<usize> = (0..characters.len())
        .filter(|end| characters.get(end + 1).is_none_or(|next| *next == '.'))
        .chain([place])
        .collect();
    let place = ends.get(place % ends.len().max(1)).copied().unwrap_or(place);
    if let Some(character) = characters.get_mut(place) {
        *character = char::from_u32(u32::from(*character) + 1).unwrap_or('A');
    }
}

fn double_part(random: &mut Rng, characters: &mut Vec<char>) {
    let text: String = characters.iter().collect();
    let mut parts: Vec<&str> = text.split('.').collect();
    let place = random.usize(0..parts.len().max(1));
    if let Some(part) = parts.get(place).copied() {
        if random.bool() {
            parts.insert(place, part);
        } else {
            parts.remove(place);
        }
    }
    *characters = parts.join(".").chars().collect();
}

/// Header and payload of a token with one to three members changed.
pub(super) fn of_json(
    random: &mut Rng,
    (header, payload): (&[u8], &[u8]),
    now: Timestamp,
) -> (Vec<u8>, Vec<u8>) {
    let read = |part: &[u8]| serde_json::from_slice::<Map<String, Value>>(part).unwrap_or_default();
    let (mut header, mut payload) = (read(header), read(payload));
    for _ in 0..random.usize(1..=3) {
        if random.u8(0..4) == 0 {
            change(random, &mut header, now);
        } else {
            change(random, &mut payload, now);
        }
    }
    let write = |part: &Map<String, Value>| serde_json::to_vec(part).unwrap_or_default();
    (spelled(random, write(&header)), spelled(random, write(&payload)))
}

fn change(random: &mut Rng, members: &mut Map<String, Value>, now: Timestamp) {
    let names: Vec<String> = members.keys().cloned().collect();
    let name = names.get(random.usize(0..names.len().max(1))).cloned().unwrap_or_default();
    match random.u8(0..4) {
        0 => drop(members.remove(&name)),
        1 => {
            let (name, value) = extra(random);
            members.insert(name, value);
        }
        _ => {
            let value = odd(random, now, members.get(&name));
            members.insert(name, value);
        }
    }
}

fn extra(random: &mut Rng) -> (String, Value) {
    let all = [
        ("crit", json!(["exp"])),
        ("jku", json!("https://attacker.example/keys")),
        ("jwk", json!({"kty": "RSA"})),
        ("x5u", json!("https://attacker.example/chain")),
        ("nbf", json!(1)),
        ("aud", json!("somebody")),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("b64", json!(false)),
        ("extra", json!(null)),
        ("other", json!({"a": [1, 2]})),
    ];
    let place = random.usize(0..all.len());
    all.get(place).map(|(name, value)| ((*name).to_owned(), value.clone())).unwrap_or_default()
}

fn odd(random: &mut Rng, now: Timestamp, present: Option<&Value>) -> Value {
    let seconds = now.unix_seconds();
    match random.u8(0..20) {
        0 => json!(null),
        1 => json!(true),
        2 => json!(""),
        3 => json!(0),
        4 => json!(-1),
        5 => json!(seconds - 1),
        6 => json!(seconds + 60),
        7 => json!(seconds + 86_400),
        8 => json!(seconds + 86_401),
        9 => json!(seconds as f64 + 0.5),
        10 => json!(seconds.to_string()),
        11 => json!(1e300),
        12 => json!(u64::MAX),
        13 => json!(["a"]),
        14 => json!({}),
        15 => json!("none"),
        16 => json!("HS256"),
        17 => json!("RS256"),
        18 => json!("ES256"),
        _ => match present {
            Some(Value::String(text)) => json!(format!("{text} ")),
            Some(Value::Number(number)) => json!(number.as_i64().unwrap_or_default() + 3_600),
            _ => json!("x"),
        },
    }
}

/// The same JSON in another spelling, now and then: blanks, a member twice, something behind the end.
fn spelled(random: &mut Rng, json: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(json).unwrap_or_default();
    let again = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    let text = match random.u8(0..24) {
        0 => text.replace(':', " : "),
        1 => again(&text, r#""sub":"8:acs:somebody""#),
        2 => again(&text, r#""alg":"none""#),
        3 => again(&text, r#""e\u0078p":99999999999"#),
        4 => format!("{text} "),
        5 => format!("{text}x"),
        6 => format!("\u{feff}{text}"),
        7 => format!("[{text}]"),
        _ => text,
    };
    text.into_bytes()
}
