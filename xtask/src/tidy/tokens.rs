//! The tokens of a source file as one flat list, and the paths written in them.
//!
//! Comments are gone and strings are opaque, so a rule that looks here never trips over
//! prose. Macro bodies are included, which a syntax tree would hide.

use proc_macro2::{Delimiter, LineColumn, Spacing, TokenStream, TokenTree};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Ident,
    /// One character of punctuation, or one end of a group.
    Punct,
    /// The same, directly followed by more punctuation.
    Joint,
    /// A number, character or string.
    Literal,
}

/// One token and the line it stands on.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// As written; the quotes of a string are part of it.
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Token {
    fn new(kind: Kind, text: impl Into<String>, at: LineColumn) -> Self {
        Self {
            kind,
            text: text.into(),
            line: at.line,
        }
    }

    /// Whether this is the identifier or keyword `word`.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Ident && self.text == word
    }

    /// Whether this is the character `mark`, or that end of a group.
    pub(crate) fn is_mark(&self, mark: &str) -> bool {
        matches!(self.kind, Kind::Punct | Kind::Joint) && self.text == mark
    }
}

/// Flattens `stream`; groups become an opening and a closing mark.
pub(crate) fn flatten(stream: TokenStream, out: &mut Vec<Token>) {
    for tree in stream {
        let span = tree.span();
        match tree {
            TokenTree::Ident(word) => {
                out.push(Token::new(Kind::Ident, word.to_string(), span.start()));
            }
            TokenTree::Literal(literal) => {
                out.push(Token::new(Kind::Literal, literal.to_string(), span.start()));
            }
            TokenTree::Punct(mark) => {
                let joint = mark.spacing() == Spacing::Joint;
                let kind = if joint { Kind::Joint } else { Kind::Punct };
                out.push(Token::new(kind, mark.as_char().to_string(), span.start()));
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                out.push(Token::new(Kind::Punct, open, span.start()));
                flatten(group.stream(), out);
                out.push(Token::new(Kind::Punct, close, span.end()));
            }
        }
    }
}

/// A path as written, `use` trees spelled out: `use std::{fs, io}` gives two.
#[derive(Debug)]
pub(crate) struct NamedPath {
    /// Its segments; `self` and `*` are segments as well.
    pub(crate) segments: Vec<String>,
    /// The line of its last segment.
    pub(crate) line: usize,
    /// Whether a new name follows: `path as name`.
    pub(crate) renamed: bool,
    /// Whether it stands in a `use` tree or an attribute, where one segment names a crate.
    pub(crate) imported: bool,
}

impl NamedPath {
    /// Whether the path starts with `prefix`, `core` and `alloc` counted as `std`.
    pub(crate) fn starts_with(&self, prefix: &[&str]) -> bool {
        let same = |(index, (mine, theirs)): (usize, (&String, &&str))| {
            mine == theirs || (index == 0 && *theirs == "std" && is_std(mine))
        };
        self.segments.len() >= prefix.len()
            && self.segments.iter().zip(prefix).enumerate().all(same)
    }

    /// Whether two neighbouring segments read `pair`.
    pub(crate) fn has_pair(&self, pair: [&str; 2]) -> bool {
        let [first, second] = pair;
        let next = self.segments.iter().skip(1);
        self.segments
            .iter()
            .zip(next)
            .any(|(a, b)| a == first && b == second)
    }

    /// Whether the path names the crate `name` as its first segment.
    pub(crate) fn names_crate(&self, name: &str) -> bool {
        let first = self.segments.first().is_some_and(|segment| segment == name);
        first && (self.imported || self.segments.len() > 1)
    }

    /// The path as text.
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// Whether `name` is a crate that `std` re-exports.
fn is_std(name: &str) -> bool {
    matches!(name, "core" | "alloc")
}

/// Keywords after which a path may start with `::`, so that they are not part of it.
const BEFORE_PATHS: &[&str] = &[
    "as", "break", "const", "dyn", "else", "extern", "for", "if", "impl", "in", "match", "move",
    "mut", "pub", "ref", "return", "static", "unsafe", "use", "where", "while", "yield",
];

/// Whether `token` is a keyword that can stand before a path but not in it.
fn ends_before_path(token: &Token) -> bool {
    BEFORE_PATHS.contains(&token.text.as_str())
}

/// Every path written in `tokens`.
pub(crate) fn paths(tokens: &[Token]) -> Vec<NamedPath> {
    let mut reader = Reader {
        tokens,
        at: 0,
        found: Vec::new(),
    };
    while let Some(token) = reader.peek(0) {
        if token.kind == Kind::Ident && !ends_before_path(token) {
            let imported = reader.after_import();
            reader.path(&[], imported);
        } else {
            reader.at += 1;
        }
    }
    reader.found
}

/// Walks the tokens once and collects paths.
struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
    found: Vec<NamedPath>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead)
    }

    fn is_mark(&self, ahead: usize, mark: &str) -> bool {
        self.peek(ahead).is_some_and(|token| token.is_mark(mark))
    }

    /// Whether `use`, `extern crate` or `#[` stands before the current token.
    fn after_import(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.tokens.get(at));
        let attribute = before(1).is_some_and(|token| token.is_mark("["))
            && before(2).is_some_and(|token| token.is_mark("#") || token.is_mark("!"));
        // A path may start with `::`.
        let rooted = before(1).is_some_and(|token| token.is_mark(":"));
        let keyword = before(if rooted { 3 } else { 1 });
        attribute || keyword.is_some_and(|token| token.is_word("use") || token.is_word("crate"))
    }

    /// Reads the path at the current token, with `prefix` in front of it.
    fn path(&mut self, prefix: &[String], imported: bool) {
        let mut segments = prefix.to_vec();
        let mut line = 0;
        while let Some(token) = self.peek(0) {
            if token.kind != Kind::Ident && !token.is_mark("*") {
                break;
            }
            line = token.line;
            segments.push(token.text.clone());
            self.at += 1;
            if !(self.is_mark(0, ":") && self.is_mark(1, ":")) {
                break;
            }
            self.at += 2;
            if self.is_mark(0, "{") {
                return self.branches(&segments, imported);
            }
        }
        let renamed = self.peek(0).is_some_and(|token| token.is_word("as"));
        self.found.push(NamedPath {
            segments,
            line,
            renamed,
            imported,
        });
    }

    /// Reads the braces of a `use` tree.
    fn branches(&mut self, prefix: &[String], imported: bool) {
        self.at += 1;
        while let Some(token) = self.peek(0) {
            if token.is_mark("}") {
                self.at += 1;
                return;
            }
            if token.is_word("as") {
                self.at += 2;
            } else if token.kind == Kind::Ident || token.is_mark("*") {
                self.path(prefix, imported);
            } else {
                self.at += 1;
            }
        }
    }
}
