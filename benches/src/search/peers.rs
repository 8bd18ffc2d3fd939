//! What a team would use instead, each as its documentation says to use it for typos and prefixes.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use gandan_domain::catalog::search::fold;
use tantivy::{
    Index, TantivyDocument, Term, collector::TopDocs, doc,
    query::{BooleanQuery, FuzzyTermQuery, Occur, Query},
    schema::{STORED, STRING, Schema, TEXT, Value},
};

pub trait Peer {
    fn name(&self) -> &'static str;
    /// Bytes of the index; `None` where it can't be told.
    fn size(&self) -> Option<usize>;
    /// Codes, best first, and the time it took itself where it is another process.
    fn search(&mut self, query: &str) -> (Vec<String>, Option<std::time::Duration>);
}

/// One `FuzzyTermQuery` of distance 2 (a swap counted once) per word, any of them, over folded
/// titles: its tokenizer does not fold `đ`.
pub struct Tantivy {
    reader: tantivy::IndexReader,
    title: tantivy::schema::Field,
    code: tantivy::schema::Field,
    size: usize,
}

impl Tantivy {
    pub fn new(titles: &[(String, String)]) -> Self {
        let mut schema = Schema::builder();
        let code = schema.add_text_field("code", STRING | STORED);
        let title = schema.add_text_field("title", TEXT);
        let folder = std::env::temp_dir().join(format!("gandan-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("make a folder");
        let index = Index::create_in_dir(&folder, schema.build()).expect("make an index");
        let mut writer = index.writer_with_num_threads(1, 50_000_000).expect("open the writer");
        for (number, name) in titles {
            writer
                .add_document(doc!(code => number.as_str(), title => fold(name)))
                .expect("index a title");
        }
        writer.commit().expect("commit");
        let reader = index.reader().expect("open the reader");
        let size = std::fs::read_dir(&folder)
            .expect("list the folder")
            .filter_map(|file| Some(file.ok()?.metadata().ok()?.len() as usize))
            .sum();
        // It stays mapped.
        let _ = std::fs::remove_dir_all(&folder);
        Self { reader, title, code, size }
    }
}

impl Peer for Tantivy {
    fn name(&self) -> &'static str {
        "Tantivy ~2"
    }

    fn size(&self) -> Option<usize> {
        Some(self.size)
    }

    fn search(&mut self, query: &str) -> (Vec<String>, Option<std::time::Duration>) {
        let words: Vec<(Occur, Box<dyn Query>)> = fold(query)
            .split_whitespace()
            .map(|word| {
                let term = Term::from_field_text(self.title, word);
                let fuzzy = FuzzyTermQuery::new(term, 2, true);
                (Occur::Should, Box::new(fuzzy) as Box<dyn Query>)
            })
            .collect();
        let searcher = self.reader.searcher();
        let top = TopDocs::with_limit(5).order_by_score();
        let found = searcher.search(&BooleanQuery::new(words), &top).expect("search");
        let codes = found.into_iter().map(|(_, at)| {
            let document: TantivyDocument = searcher.doc(at).expect("read a document");
            let code = document.get_first(self.code).and_then(|it| it.as_str().map(str::to_owned));
            code.expect("a code")
        });
        (codes.collect(), None)
    }
}

/// `unicode61 remove_diacritics 2` with prefixes, any word, ranked by bm25; folded first, for it
/// does not fold `đ` either.
pub struct Fts5 {
    connection: rusqlite::Connection,
}

impl Fts5 {
    pub fn new(titles: &[(String, String)]) -> Self {
        let connection = rusqlite::Connection::open_in_memory().expect("open SQLite");
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE titles USING fts5(
                   code UNINDEXED, title, prefix='2 3', tokenize='unicode61 remove_diacritics 2')",
            )
            .expect("make the table");
        for (code, title) in titles {
            connection
                .execute("INSERT INTO titles VALUES (?1, ?2)", [code, &fold(title)])
                .expect("index a title");
        }
        connection
            .execute("INSERT INTO titles(titles) VALUES ('optimize')", [])
            .expect("optimize");
        Self { connection }
    }
}

impl Peer for Fts5 {
    fn name(&self) -> &'static str {
        "FTS5"
    }

    fn size(&self) -> Option<usize> {
        let sum = "SELECT (SELECT sum(length(block)) FROM titles_data) \
                   + (SELECT sum(length(sz)) FROM titles_docsize)";
        let size: i64 = self.connection.query_row(sum, [], |row| row.get(0)).ok()?;
        usize::try_from(size).ok()
    }

    fn search(&mut self, query: &str) -> (Vec<String>, Option<std::time::Duration>) {
        let words: Vec<String> =
            fold(query).split_whitespace().map(|word| format!("\"{word}\"*")).collect();
        let mut statement = self
            .connection
            .prepare_cached("SELECT code FROM titles WHERE titles MATCH ?1 ORDER BY rank LIMIT 5")
            .expect("prepare");
        let rows = statement.query_map([words.join(" OR ")], |row| row.get(0)).expect("search");
        (rows.map(|row| row.expect("a row")).collect(), None)
    }
}

/// MiniSearch with `fuzzy: 0.34, prefix: true`, in Node; it measures itself, without the pipe.
pub struct MiniSearch {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    size: usize,
}

impl MiniSearch {
    /// `None` where Node or the package is missing: `npm ci` in `benches/`.
    pub fn new(titles: &[(String, String)]) -> Option<Self> {
        let folder = env!("CARGO_MANIFEST_DIR");
        let mut child = Command::new("node")
            .arg("minisearch.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut questions = child.stdin.take()?;
        let folded: Vec<_> = titles
            .iter()
            .map(|(code, title)| serde_json::json!({ "id": code, "title": fold(title) }))
            .collect();
        writeln!(questions, "{}", serde_json::Value::from(folded)).ok()?;
        let mut answers = BufReader::new(child.stdout.take()?);
        let mut line = String::new();
        answers.read_line(&mut line).ok()?;
        let size = line.trim().parse().ok()?;
        Some(Self { child, questions, answers, size })
    }
}

impl Peer for MiniSearch {
    fn name(&self) -> &'static str {
        "MiniSearch"
    }

    fn size(&self) -> Option<usize> {
        Some(self.size)
    }

    fn search(&mut self, query: &str) -> (Vec<String>, Option<std::time::Duration>) {
        let question = serde_json::Value::from(fold(query));
        writeln!(self.questions, "{question}").expect("ask Node");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("hear from Node");
        let answer: serde_json::Value = serde_json::from_str(&line).expect("read the answer");
        let codes = answer["codes"].as_array().into_iter().flatten();
        let codes = codes.filter_map(|code| code.as_str().map(str::to_owned)).collect();
        let nanos = answer["nanos"].as_u64().unwrap_or_default();
        (codes, Some(std::time::Duration::from_nanos(nanos)))
    }
}

impl Drop for MiniSearch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
