//! Members that say who they are, whatever they are called here: a model behind a router or a server of one's own is
//! known to the engine by another name than the one by which it introduces itself.
//!
//! Masked is what follows one of [`OPENERS`] when it is the name of an assistant ([`NAMES`], with its version) or a
//! description of one ([`DESCRIPTIONS`]), together with "made by …" behind it; and who follows one of [`MAKERS`]. After
//! "as" a name counts only where the member goes on to speak of itself: "as Claude does" is no introduction. A name that
//! stands anywhere else is left alone: it may be what the question is about.

/// What a member says before it says who it is.
pub(super) const OPENERS: [&str; 10] =
    ["i am", "i'm", "i, ", "my name is", "my name's", "as", "speaking as", "you are talking to", "this is", "here is"];

/// What it says before it says who made it.
pub(super) const MAKERS: [&str; 12] = [
    "i was made by",
    "i was created by",
    "i was developed by",
    "i was built by",
    "i was trained by",
    "i am made by",
    "i am developed by",
    "i'm made by",
    "i'm developed by",
    "my creators at",
    "my developers at",
    "my makers at",
];

/// What members call themselves without a name. `an` stands for any article.
pub(super) const DESCRIPTIONS: [&str; 10] = [
    "large language model",
    "ai language model",
    "language model",
    "ai assistant",
    "ai model",
    "ai system",
    "chatbot",
    "virtual assistant",
    "llm",
    "ai",
];

/// The names by which assistants introduce themselves.
pub(super) const NAMES: [&str; 30] = [
    "chatgpt",
    "gpt",
    "claude",
    "gemini",
    "gemma",
    "bard",
    "copilot",
    "llama",
    "meta ai",
    "mistral",
    "mixtral",
    "ministral",
    "codestral",
    "magistral",
    "le chat",
    "qwen",
    "tongyi",
    "deepseek",
    "grok",
    "command r",
    "command-r",
    "aya",
    "kimi",
    "glm",
    "chatglm",
    "nemotron",
    "phi",
    "granite",
    "olmo",
    "jamba",
];

/// What may follow a name and belongs to it, beside anything that begins with a digit.
const VARIANTS: [&str; 24] = [
    "sonnet", "opus", "haiku", "pro", "flash", "ultra", "nano", "mini", "turbo", "large", "medium", "small",
    "instruct", "chat", "coder", "max", "plus", "o", "r", "v", "lite", "fast", "code", "thinking",
];

/// How a maker is joined to a name.
const JOINED: [&str; 14] = [
    "made by",
    "created by",
    "developed by",
    "built by",
    "trained by",
    "trained and developed by",
    "powered by",
    "an ai model by",
    "an ai assistant by",
    "an ai assistant made by",
    "an ai assistant created by",
    "a language model by",
    "from",
    "by",
];

/// A text in two forms whose characters agree: as it is, and in lower case with plain apostrophes and blanks.
pub(super) struct Text {
    original: Vec<char>,
    lower: Vec<char>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let plain = |c: char| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{a0}' | '\u{202f}' => ' ',
            c => c.to_lowercase().next().unwrap_or(c),
        };
        Self { original: text.chars().collect(), lower: text.chars().map(plain).collect() }
    }

    /// The text with `mask` for whatever a member says of itself.
    pub(super) fn masked(&self, mask: &str) -> String {
        let mut out = String::with_capacity(self.original.len());
        let mut at = 0;
        while at < self.original.len() {
            match self.introduction(at) {
                Some((from, to)) => {
                    out.extend(&self.original[at..from]);
                    out.push_str(mask);
                    at = to;
                }
                None => {
                    out.push(self.original[at]);
                    at += 1;
                }
            }
        }
        out
    }

    /// Where the introduction that begins at a place names its speaker: from, to.
    fn introduction(&self, at: usize) -> Option<(usize, usize)> {
        if at > 0 && self.lower[at - 1].is_alphanumeric() {
            return None;
        }
        // Every phrase begins with one of these: most places end here.
        if !matches!(self.lower[at], 'i' | 'a' | 'm' | 's' | 'y' | 't' | 'h') {
            return None;
        }
        let maker = MAKERS.iter().find_map(|phrase| self.after(at, phrase));
        if let Some(from) = maker {
            return self.maker(from).map(|to| (from, to));
        }
        OPENERS.iter().find_map(|opener| {
            let from = self.after(at, opener)?;
            let described = self.article(from).and_then(|from| self.one_of(from, &DESCRIPTIONS));
            let named = self.one_of(self.article(from).unwrap_or(from), &NAMES).map(|to| self.version(to));
            let (to, is_named) = named.map(|to| (to, true)).or(described.map(|to| (to, false)))?;
            let whole = self.joined(to).unwrap_or(to);
            // "as Claude does" and "this is AI" speak of others.
            let loose = matches!(*opener, "as" | "this is" | "here is");
            (!loose || whole > to || self.goes_on(to, is_named)).then_some((from, whole))
        })
    }

    /// Behind a phrase at a place and the blanks after it, if it stands there as words.
    fn after(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut end = at;
        for c in phrase.chars() {
            if self.lower.get(end) != Some(&c) {
                return None;
            }
            end += 1;
        }
        let blanks = self.lower[end..].iter().take_while(|c| matches!(c, ' ' | '*' | '_' | '"')).count();
        (blanks > 0 || phrase.ends_with(' ')).then_some(end + blanks)
    }

    fn article(&self, at: usize) -> Option<usize> {
        ["a", "an", "the", "your"].iter().find_map(|word| self.after(at, word))
    }

    /// The end of the first of the words that stands here whole, the longest first.
    fn one_of(&self, at: usize, words: &[&str]) -> Option<usize> {
        let ends = words.iter().filter_map(|word| {
            let end = at + word.chars().count();
            let whole = self.lower.get(at..end)?.iter().copied().eq(word.chars());
            (whole && !self.lower.get(end).is_some_and(|next| next.is_alphabetic())).then_some(end)
        });
        ends.max()
    }

    /// Behind what belongs to a name: `-4o`, ` 3.5 Sonnet`.
    fn version(&self, mut at: usize) -> usize {
        loop {
            let from =
                if self.lower.get(at).is_some_and(|c| matches!(c, ' ' | '-' | '.' | '_' | ':')) { at + 1 } else { at };
            let word: String =
                self.lower[from.min(self.lower.len())..].iter().take_while(|c| c.is_alphanumeric()).collect();
            let belongs = word.starts_with(|c: char| c.is_ascii_digit()) || VARIANTS.contains(&word.as_str());
            if word.is_empty() || !belongs {
                return at;
            }
            at = from + word.chars().count();
        }
    }

    /// Behind "made by …", if that follows.
    fn joined(&self, at: usize) -> Option<usize> {
        let skip = self.lower[at..].iter().take_while(|c| matches!(c, ',' | ' ' | '(' | '*')).count();
        let from = JOINED.iter().find_map(|phrase| self.after(at + skip, phrase)).filter(|_| skip > 0)?;
        self.maker(from)
    }

    /// Behind a maker: one to three words that begin with a capital letter.
    fn maker(&self, from: usize) -> Option<usize> {
        let (mut at, mut end) = (from, None);
        for _ in 0..3 {
            let word = self.original[at..].iter().take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '&')).count();
            // `xAI` has its capitals later.
            if !self.original[at..at + word].iter().any(|c| c.is_uppercase()) {
                break;
            }
            end = Some(at + word);
            at += word;
            if self.original.get(at) != Some(&' ') {
                break;
            }
            at += 1;
        }
        end
    }

    /// Whether the speaker goes on to speak of itself: "As Claude, …", "as an AI I …".
    fn goes_on(&self, at: usize, is_named: bool) -> bool {
        let rest: String = self.lower[at..].iter().skip_while(|c| **c == '*').take(8).collect();
        let speaks = [" i ", " i'", ", i ", ", i'"].iter().any(|own| rest.starts_with(own));
        speaks || (is_named && rest.starts_with(','))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        Text::new(text).masked("[member]")
    }

    #[test]
    fn introductions_are_masked() {
        for (said, read) in [
            ("As Claude, made by Anthropic, I would wait.", "As [member], I would wait."),
            ("As Claude, I would wait.", "As [member], I would wait."),
            ("I am ChatGPT.", "I am [member]."),
            ("I’m GPT-4o and I think so", "I’m [member] and I think so"),
            ("I am Claude 3.5 Sonnet by Anthropic: no.", "I am [member]: no."),
            ("as a large language model trained by Google, I cannot", "as [member], I cannot"),
            ("As an AI language model developed by Open AI, I", "As [member], I"),
            ("as an AI I cannot know", "as [member] I cannot know"),
            ("My name is **Qwen2.5-72B**", "My name is **[member]**"),
            ("I'm an AI assistant created by Mistral AI!", "I'm [member]!"),
            ("I was trained by DeepSeek in China", "I was trained by [member] in China"),
            ("my developers at xAI agree", "my developers at [member] agree"),
            ("This is Grok, built by xAI. Hello", "This is [member]. Hello"),
            ("Speaking as Gemini: yes", "Speaking as [member]: yes"),
        ] {
            assert_eq!(masked(said), read, "{said}");
        }
        for opener in OPENERS {
            for name in NAMES {
                let opener = opener.trim_end();
                let read = masked(&format!("{opener} {name}, I say no"));
                assert_eq!(read, format!("{opener} [member], I say no"), "{opener} {name}");
            }
            for what in DESCRIPTIONS {
                let read = masked(&format!("{} a {what}, I say no", opener.trim_end()));
                assert!(read.ends_with("[member], I say no"), "{opener} a {what}: {read}");
            }
        }
        for maker in MAKERS {
            assert_eq!(masked(&format!("Well, {maker} Some Lab.")), format!("Well, {maker} [member]."));
        }
    }

    #[test]
    fn what_speaks_of_others_is_left_alone() {
        for text in [
            "Compare OpenAI and Mistral: as Claude does, so does Gemini.",
            "Such models as Llama and Qwen are open.",
            "It is as large as a language model can be.",
            "I am certain. I'm Aware. I ammend it.",
            "Has Claude been asked? Gemini is a star sign.",
            "The tests were made by Alice.",
            "I am a library user.",
            "this is AI at its best",
            "",
            "i am",
            "as a",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
