"""The store's tables, as migrations: one function a change, never edited after release.

Rule: times are UTC text of one width (they sort as they read), lists are JSON text, ids are ours.
Nothing newer than SQLite 3.40 is used. `version.row` follows the version's time. `version_index` holds
no text, only the words of each version as `text.terms` files them (`store.index`).
"""

from __future__ import annotations

from sqlite_utils import Migrations
from sqlite_utils.db import Database

from newswatch.address import host
from newswatch.newsrooms import credit
from newswatch.store.chain import NOTHING, link
from newswatch.store.retelling import tell_all

migrations = Migrations("newswatch")

# One token of the index is what stands between two spaces: `text.terms` decides, not SQLite.
INDEX_TOKENS = r"ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_`{|}~'''"


@migrations(name="0001_spine")
def spine(db: Database) -> None:
    """Feeds and frontier, articles and versions, stories, rules and matches, letters."""
    db.table("meta").create({"key": str, "value": str}, pk="key", not_null={"value"})
    db.table("feed").create(
        {
            "name": str, "url": str, "newsroom": str, "lang": str, "tags": str, "pages": str,
            "min_interval": int, "max_interval": int, "alert_backlog": int, "enabled": int,
        },
        pk="name",
    )  # fmt: skip
    db.table("request").create(
        {
            "id": str, "kind": str, "url": str, "feed": str, "due": str, "first_seen": str,
            "lang": str, "lease": str, "etag": str, "last_modified": str, "body_hash": str,
            "shown": str, "backlog": int, "polls": int, "successes": int, "failures": int,
            "interval": float, "pending": int,
            "tried": str, "succeeded": str, "failing_since": str, "failure": str, "status": int,
        },
        pk="id",
        not_null={"kind", "url", "feed", "due", "lease", "pending"},
    )  # fmt: skip
    db.execute("CREATE INDEX request_due ON request(due, id) WHERE pending = 1")
    db.execute("CREATE INDEX request_feed ON request(feed, kind)")
    db.execute(
        "CREATE TABLE window (request TEXT, hash TEXT, position INTEGER, guid TEXT, url TEXT,"
        " article TEXT, PRIMARY KEY (request, hash)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX window_article ON window(article)")
    db.table("gap").create(
        {"request": str, "feed": str, "since": str, "until": str, "entries": int},
        pk=("request", "since"),
    )
    db.table("article").create(
        {
            "id": str, "url": str, "story": str, "source": str, "newsroom": str,
            "first_seen": str, "current": str, "versions": int, "quiet": int,
        },
        pk="id",
        not_null={"url", "story", "current"},
    )  # fmt: skip
    db.execute("CREATE INDEX article_story ON article(story, first_seen)")
    db.execute("CREATE INDEX article_seen ON article(first_seen, id)")
    db.execute("CREATE INDEX article_source ON article(source)")
    db.execute("CREATE TABLE alias (key TEXT PRIMARY KEY, article TEXT NOT NULL) WITHOUT ROWID")
    db.execute(
        "CREATE TABLE address (article TEXT, url TEXT, PRIMARY KEY (article, url)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE version (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " article TEXT NOT NULL, n INTEGER NOT NULL, url TEXT, title TEXT, text TEXT, lang TEXT,"
        " source TEXT, newsroom TEXT, tags TEXT, author TEXT, published TEXT,"
        " published_from TEXT, quality TEXT, kind TEXT, first_seen TEXT NOT NULL)"
    )
    db.execute("CREATE UNIQUE INDEX version_article ON version(article, n)")
    db.execute(
        "CREATE TABLE revision (new TEXT PRIMARY KEY, old TEXT, kind TEXT, changes TEXT,"
        " note TEXT, kept REAL) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE sighting (article TEXT, at TEXT, feed TEXT, version TEXT, what TEXT,"
        " PRIMARY KEY (article, at, feed, version, what)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX sighting_version ON sighting(version)")
    db.execute("CREATE INDEX sighting_at ON sighting(at)")
    db.execute(
        "CREATE TABLE story (id TEXT PRIMARY KEY, first_seen TEXT, last_seen TEXT,"
        " grams INTEGER NOT NULL DEFAULT 0,"
        " merged_into TEXT NOT NULL DEFAULT '') WITHOUT ROWID"
    )
    db.execute("CREATE INDEX story_seen ON story(first_seen, id)")
    db.execute(
        "CREATE TABLE link (article TEXT, other TEXT, relation TEXT, score REAL, threshold REAL,"
        " decided_by TEXT, features TEXT, at TEXT, PRIMARY KEY (article, other)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX link_other ON link(other)")
    db.execute(
        "CREATE TABLE gram (hash INTEGER, story TEXT, PRIMARY KEY (hash, story)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE exact (hash TEXT, story TEXT, PRIMARY KEY (hash, story)) WITHOUT ROWID"
    )
    db.table("rule").create(
        {
            "name": str, "query": str, "tell": str, "priority": str, "feeds": str, "tags": str,
            "fingerprint": str, "active": int, "position": int, "caught_up": int,
        },
        pk="name",
    )  # fmt: skip
    db.execute(
        "CREATE TABLE match (rule TEXT, version TEXT, article TEXT, story TEXT, at TEXT,"
        " spans TEXT, PRIMARY KEY (rule, version)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX match_at ON match(at)")
    db.execute(
        "CREATE TABLE notification (recipient TEXT, digest TEXT, rule TEXT, story TEXT,"
        " occasion TEXT, version TEXT, article TEXT, at TEXT, priority TEXT,"
        " letter TEXT NOT NULL DEFAULT '',"
        " PRIMARY KEY (recipient, digest, rule, story, occasion)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX notification_owed ON notification(digest, at) WHERE letter = ''")
    db.execute("CREATE INDEX notification_story ON notification(story)")
    db.table("letter").create(
        {
            "id": str, "recipient": str, "address": str, "sender": str, "digest": str,
            "slot": str, "content": bytes, "sealed": str, "state": str, "attempts": int,
            "next_try": str, "first_try": str, "code": int, "detail": str, "sent": str,
        },
        pk="id",
    )  # fmt: skip
    db.execute("CREATE INDEX letter_waiting ON letter(next_try) WHERE state = 'waiting'")
    db.execute(
        "CREATE TABLE slot (digest TEXT, person TEXT, due TEXT, letter TEXT,"
        " PRIMARY KEY (digest, person, due)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE change (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,"
        " kind TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL)"
    )
    db.execute(
        "CREATE VIRTUAL TABLE version_index USING fts5("
        f"title, lead, body, meta, content='', tokenize=\"{INDEX_TOKENS}\")"
    )
    db.execute(
        "CREATE TABLE word (surface TEXT, term TEXT, PRIMARY KEY (surface, term)) WITHOUT ROWID"
    )


@migrations(name="0002_owed_by_reader")
def owed_by_reader(db: Database) -> None:
    """What each reader is owed is asked for alone: one reader's crowd must not hide another's."""
    db.execute("DROP INDEX notification_owed")
    db.execute(
        "CREATE INDEX notification_owed ON notification(recipient, digest, at) WHERE letter = ''"
    )


@migrations(name="0003_shares_of_feeds")
def shares_of_feeds(db: Database) -> None:
    """What one feed has due, and how much of it is claimed, without reading the others' crowds."""
    db.execute(
        "CREATE INDEX request_share ON request(feed, kind, due, id) WHERE pending = 1 AND lease = ''"
    )
    db.execute("CREATE INDEX request_leased ON request(feed) WHERE lease <> ''")


@migrations(name="0004_listings_at_size")
def listings_at_size(db: Database) -> None:
    """What a rule told and where a feed has gaps, without reading the whole table for each."""
    db.execute("CREATE INDEX notification_rule ON notification(rule, letter)")
    db.execute("CREATE INDEX gap_feed ON gap(feed, until)")


@migrations(name="0005_names_and_editions")
def names_and_editions(db: Database) -> None:
    """The keys by which a name's spellings find each other, and what was corrected or changed.

    A word waits in `unspelt` until a quiet moment: its keys take as long as an article's whole keeping.
    Whoever changes how `query.spelling` reads must put every word there again, by a migration.
    """
    db.execute(
        "CREATE TABLE spelling (key TEXT, surface TEXT, PRIMARY KEY (key, surface)) WITHOUT ROWID"
    )
    db.execute("CREATE TABLE unspelt (surface TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("INSERT INTO unspelt SELECT DISTINCT surface FROM word")
    db.execute(
        "CREATE INDEX version_edited ON version(kind, row) WHERE kind IN ('update', 'correction')"
    )


@migrations(name="0006_verdicts_by_hand")
def verdicts_by_hand(db: Database) -> None:
    """What the operator took apart, and the changes that make up a story's history."""
    db.execute(
        "CREATE TABLE parted (article TEXT, story TEXT, PRIMARY KEY (article, story)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX change_verdict ON change(id) WHERE kind IN ('merge', 'split')")


@migrations(name="0007_credits")
def credits_of_wires(db: Database) -> None:
    """The wire that a version names as its source; what was stored before is asked once, by its text.

    The index holds only what a story's newsrooms are counted by, so that no text is read for it.
    """
    db.execute("ALTER TABLE version ADD COLUMN credit TEXT NOT NULL DEFAULT ''")
    known = db.execute("SELECT row, text, author FROM version")
    found = [(wire, row) for row, text, author in known if (wire := credit(text, author))]
    db.conn.executemany("UPDATE version SET credit = ? WHERE row = ?", found)
    db.execute("CREATE INDEX version_credit ON version(id, credit) WHERE credit <> ''")


@migrations(name="0008_headlines")
def headlines(db: Database) -> None:
    """The pairs of words under which a story's headline is filed, for entries that bring no text."""
    db.execute(
        "CREATE TABLE headline (hash INTEGER, story TEXT, PRIMARY KEY (hash, story)) WITHOUT ROWID"
    )


@migrations(name="0009_relations")
def relations(db: Database) -> None:
    """What a wire's markup pointed at, a list for each version; of older ones nobody knows."""
    db.execute("ALTER TABLE version ADD COLUMN relations TEXT NOT NULL DEFAULT '[]'")


@migrations(name="0010_formats")
def formats(db: Database) -> None:
    """What a feed should come in, and what it was last read as; the next good poll says it."""
    db.execute("ALTER TABLE feed ADD COLUMN format TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE request ADD COLUMN format TEXT NOT NULL DEFAULT ''")


@migrations(name="0011_silences")
def silences(db: Database) -> None:
    """Until when a rule tells nobody, and why; earlier silences are rows of `change`. And how many
    letters a reader had of late, and what rules found in an article, without reading them all.
    """
    db.execute("CREATE INDEX match_article ON match(article, rule)")
    db.execute("CREATE INDEX letter_of ON letter(recipient, digest, sealed)")
    db.execute(
        "CREATE TABLE silence (rule TEXT PRIMARY KEY, since TEXT NOT NULL, until TEXT NOT NULL,"
        " why TEXT NOT NULL) WITHOUT ROWID"
    )


@migrations(name="0012_moves")
def moves(db: Database) -> None:
    """Where a feed's server says that it has gone for good; the next good poll says it."""
    db.execute("ALTER TABLE request ADD COLUMN moved TEXT NOT NULL DEFAULT ''")


@migrations(name="0013_names_read_anew")
def names_read_anew(db: Database) -> None:
    """`query.spelling` reads more spellings: every word waits for its keys again."""
    db.execute("DELETE FROM spelling")
    db.execute("INSERT OR IGNORE INTO unspelt SELECT DISTINCT surface FROM word")


@migrations(name="0014_places")
def the_index_by_places(db: Database) -> None:
    """The index anew, by small numbers that follow the time (`store.places`), with `body` first and
    editions as terms; and which languages a word must be looked up in. `store.upgrading` fills it.
    """
    db.execute("DROP TABLE version_index")
    db.execute("DROP INDEX version_edited")
    db.execute(
        "CREATE VIRTUAL TABLE version_index USING fts5("
        f"body, title, lead, meta, content='', tokenize=\"{INDEX_TOKENS}\")"
    )
    db.execute("CREATE TABLE place (place INTEGER PRIMARY KEY, row INTEGER NOT NULL)")
    db.execute("CREATE TABLE language (filed_as TEXT PRIMARY KEY) WITHOUT ROWID")


@migrations(name="0015_rhythms")
def rhythms(db: Database) -> None:
    """When a feed brings what, what its channel asks for, and how long its window lasts, for a request
    each: the next good poll begins to say it.
    """
    db.execute("ALTER TABLE request ADD COLUMN rhythm TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE request ADD COLUMN hints TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE request ADD COLUMN life REAL NOT NULL DEFAULT 0")


@migrations(name="0016_inhibited")
def inhibited(db: Database) -> None:
    """The rule whose word stands for a notification's, and the troubles that the operator hears of: which
    letter told of one, and which that it was over.
    """
    db.execute("ALTER TABLE notification ADD COLUMN inhibited TEXT NOT NULL DEFAULT ''")
    db.execute(
        "CREATE TABLE trouble (kind TEXT, subject TEXT, since TEXT, says TEXT NOT NULL,"
        " until TEXT NOT NULL DEFAULT '', told TEXT NOT NULL DEFAULT '',"
        " well TEXT NOT NULL DEFAULT '', PRIMARY KEY (kind, subject, since)) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX trouble_untold ON trouble(since) WHERE until = '' OR well = ''")


@migrations(name="0017_names_read_once_more")
def names_read_once_more(db: Database) -> None:
    """`query.spelling` reads more cases and more Belarusian: every word waits for its keys again."""
    db.execute("DELETE FROM spelling")
    db.execute("INSERT OR IGNORE INTO unspelt SELECT DISTINCT surface FROM word")


@migrations(name="0018_letters_taken")
def letters_taken(db: Database) -> None:
    """When the last letter was taken and whose were refused for good, as is asked a few times a minute; and
    what a letter carries, without reading all that was ever told.
    """
    db.execute("CREATE INDEX letter_sent ON letter(sent) WHERE state = 'sent'")
    db.execute("CREATE INDEX letter_dead ON letter(recipient, sealed) WHERE state = 'dead'")
    db.execute("CREATE INDEX notification_letter ON notification(letter) WHERE letter <> ''")


@migrations(name="0019_health")
def health(db: Database) -> None:
    """What is wrong with a feed, for a request each: the next poll says it."""
    db.execute("ALTER TABLE request ADD COLUMN health TEXT NOT NULL DEFAULT ''")


@migrations(name="0020_marks")
def marks(db: Database) -> None:
    """By what a poll knows the bytes of an entry that it need not read again; the next poll says it."""
    db.execute("ALTER TABLE window ADD COLUMN mark TEXT NOT NULL DEFAULT ''")


@migrations(name="0021_recovered")
def recovered(db: Database) -> None:
    """How many entries a feed's older pages gave back after its window had moved on whole, and whether all."""
    db.execute("ALTER TABLE gap ADD COLUMN recovered INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE gap ADD COLUMN closed INTEGER NOT NULL DEFAULT 0")


@migrations(name="0022_judged")
def judged(db: Database) -> None:
    """Which feeds something is judged of, as is asked a few times a minute."""
    db.execute(
        "CREATE INDEX request_judged ON request(feed) WHERE instr(health, '\"judgements\":[[')"
    )


@migrations(name="0023_chain")
def chain(db: Database) -> None:
    """What every change seals; those that were kept before are sealed as they stand."""
    db.execute("ALTER TABLE change ADD COLUMN chain BLOB NOT NULL DEFAULT x''")
    before, last = NOTHING, 0
    while found := db.execute(
        "SELECT id, at, kind, subject, data FROM change WHERE id > ? ORDER BY id LIMIT 10000",
        (last,),
    ).fetchall():
        sealed = []
        for row in found:
            before, last = link(before, tuple(row)), row[0]
            sealed.append((before, last))
        db.conn.executemany("UPDATE change SET chain = ? WHERE id = ?", sealed)


@migrations(name="0024_boilerplate")
def boilerplate(db: Database) -> None:
    """The lines that a newsroom's pages carry again and again, in one bounded value a newsroom."""
    db.execute("CREATE TABLE boilerplate (newsroom TEXT PRIMARY KEY, lines BLOB NOT NULL)")


@migrations(name="0025_texts_from")
def texts_from(db: Database) -> None:
    """Whether a text came from the feed, the page or a file; of texts of before nobody knows."""
    db.execute("ALTER TABLE version ADD COLUMN text_from TEXT NOT NULL DEFAULT ''")


@migrations(name="0026_second_looks")
def second_looks(db: Database) -> None:
    """What is only looked at again, the host that each request goes to, how much of its budget of looks
    a host has spent until when, and what looks found. A page that waited to be asked again after it was read
    had been told of; other pages are looked at again from their next reading on.
    """
    db.execute("ALTER TABLE feed ADD COLUMN looks INTEGER NOT NULL DEFAULT 1")
    db.execute("ALTER TABLE request ADD COLUMN look INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE request ADD COLUMN changed TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE request ADD COLUMN host TEXT NOT NULL DEFAULT ''")
    known = db.execute("SELECT id, url FROM request").fetchall()
    db.conn.executemany(
        "UPDATE request SET host = ? WHERE id = ?", [(host(url), row) for row, url in known]
    )
    db.execute(
        "UPDATE request SET look = 2 WHERE kind = 'page' AND pending = 1 AND successes > 0"
        " AND failures = 0 AND due > ifnull((SELECT value FROM meta WHERE key = 'last'), '')"
    )
    db.execute("DROP INDEX request_due")
    db.execute("DROP INDEX request_share")
    db.execute("CREATE INDEX request_due ON request(due, id) WHERE pending = 1 AND look = 0")
    db.execute(
        "CREATE INDEX request_share ON request(feed, kind, due, id)"
        " WHERE pending = 1 AND lease = '' AND look = 0"
    )
    db.execute("CREATE INDEX request_host ON request(host, due) WHERE pending = 1 AND look = 0")
    db.execute(
        "CREATE INDEX request_look ON request(host, look, due, feed) WHERE pending = 1 AND look > 0"
    )
    db.execute("CREATE INDEX request_looking ON request(host) WHERE lease <> '' AND look > 0")
    db.execute(
        "CREATE TABLE look_budget (host TEXT PRIMARY KEY, spent_until TEXT NOT NULL) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE look_count (feed TEXT PRIMARY KEY, looks INTEGER NOT NULL,"
        " found INTEGER NOT NULL) WITHOUT ROWID"
    )


@migrations(name="0027_register")
def register(db: Database) -> None:
    """What the register says of a feed's terms, of how it is asked and of its site's news sitemap."""
    for column, none in (("terms", ""), ("user_agent", ""), ("headers", "{}"), ("sitemap", "")):
        db.execute(f"ALTER TABLE feed ADD COLUMN {column} TEXT NOT NULL DEFAULT '{none}'")


@migrations(name="0028_pruned")
def pruned(db: Database) -> None:
    """The versions whose texts are gone, and since when; and what goes with an article or a story, without
    reading every row for each.
    """
    db.execute("CREATE TABLE pruned (version TEXT PRIMARY KEY, at TEXT NOT NULL) WITHOUT ROWID")
    db.execute("CREATE INDEX alias_article ON alias(article)")
    db.execute("CREATE INDEX story_merged ON story(merged_into) WHERE merged_into <> ''")
    db.execute("CREATE INDEX parted_story ON parted(story)")


@migrations(name="0029_quarantine")
def quarantine(db: Database) -> None:
    """The readings in a row that ended their child, and when the last did; what is in quarantine is listed."""
    db.execute("ALTER TABLE request ADD COLUMN kills INTEGER NOT NULL DEFAULT 0")
    db.execute("ALTER TABLE request ADD COLUMN killed TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE INDEX request_quarantine ON request(killed) WHERE kills >= 2")


@migrations(name="0030_due_feeds")
def due_feeds(db: Database) -> None:
    """The polls that are due, and the feeds whose pages wait, without asking for each feed there is."""
    db.execute("DROP INDEX request_share")
    db.execute(
        "CREATE INDEX request_poll ON request(due, id)"
        " WHERE kind = 'feed' AND pending = 1 AND lease = '' AND look = 0"
    )
    db.execute(
        "CREATE INDEX request_share ON request(feed, due, id)"
        " WHERE kind = 'page' AND pending = 1 AND lease = '' AND look = 0"
    )


@migrations(name="0031_whole")
def whole(db: Database) -> None:
    """From here on the history tells all that readers see and are told; what stands is told once more."""
    if db.execute("SELECT 1 FROM version LIMIT 1").fetchone() is None:
        return
    at = db.execute("SELECT at FROM change ORDER BY id DESC LIMIT 1").fetchone()
    tell_all(db.conn, at[0] if at else "1970-01-01T00:00:00.000000Z")


@migrations(name="0032_backfill")
def backfill(db: Database) -> None:
    """A feed's newest backfill, what of a host's budget of its requests is spent, and those requests (`look` -1): the
    pending of a host, those of a feed, and the hosts that one is on its way to.
    """
    db.execute(
        "CREATE TABLE backfill (feed TEXT PRIMARY KEY, since TEXT NOT NULL, until TEXT NOT NULL,"
        " undated INTEGER NOT NULL, hosts TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT NOT NULL,"
        " stopped INTEGER NOT NULL, counts TEXT NOT NULL) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE past_budget (host TEXT PRIMARY KEY, spent_until TEXT NOT NULL) WITHOUT ROWID"
    )
    db.execute(
        "CREATE INDEX request_past ON request(host, kind, due) WHERE pending = 1 AND look < 0"
    )
    db.execute(
        "CREATE INDEX request_past_feed ON request(feed, kind, host) WHERE pending = 1 AND look < 0"
    )
    db.execute("CREATE INDEX request_passing ON request(host) WHERE lease <> '' AND look < 0")


@migrations(name="0033_due_looks")
def due_looks(db: Database) -> None:
    """The hosts whose second looks are due, without asking for each host that has any."""
    db.execute("CREATE INDEX request_look_due ON request(due, host) WHERE pending = 1 AND look > 0")


@migrations(name="0034_surges")
def surges(db: Database) -> None:
    """For rules that tell of how much they find: when each story was first told, by rule; when the machine watched and
    its feeds answered; what such rules told. And the feeds that do not answer, without asking each.
    """
    db.execute("ALTER TABLE rule ADD COLUMN threshold TEXT NOT NULL DEFAULT ''")
    db.execute(
        "CREATE TABLE reported (rule TEXT, story TEXT, at INTEGER NOT NULL, PRIMARY KEY (rule, story))"
        " WITHOUT ROWID"
    )
    db.execute("CREATE INDEX reported_at ON reported(rule, at)")
    db.execute("CREATE INDEX reported_story ON reported(story)")
    db.execute("CREATE TABLE watch (since TEXT PRIMARY KEY, until TEXT NOT NULL) WITHOUT ROWID")
    db.execute(
        "CREATE TABLE surge (id TEXT PRIMARY KEY, rule TEXT NOT NULL, fingerprint TEXT NOT NULL,"
        " kind TEXT NOT NULL, at TEXT NOT NULL, said TEXT NOT NULL) WITHOUT ROWID"
    )
    db.execute("CREATE INDEX surge_rule ON surge(rule, at)")
    db.execute(
        "CREATE INDEX request_unwell ON request(feed)"
        " WHERE kind = 'feed' AND pending = 1 AND (failing_since <> '' OR failure = 'resting')"
    )


@migrations(name="0035_months")
def months(db: Database) -> None:
    """The months whose texts lie in files of their own (`store.months`), each with the file that stands for it. The text of
    such a version is NULL here: a migration that reads texts asks there, too.
    """
    db.execute(
        "CREATE TABLE month (month TEXT PRIMARY KEY, file TEXT NOT NULL, versions INTEGER NOT NULL,"
        " bytes INTEGER NOT NULL, sha256 TEXT NOT NULL, emptied INTEGER NOT NULL, gone INTEGER NOT NULL)"
        " WITHOUT ROWID"
    )


@migrations(name="0036_newest_looks")
def newest_looks(db: Database) -> None:
    """Second looks that are due in the order in which they are claimed: hosts are found by the newest of them."""
    db.execute("DROP INDEX request_look_due")
    db.execute(
        "CREATE INDEX request_newest ON request(look, due, host) WHERE pending = 1 AND look > 0"
    )


@migrations(name="0037_leases")
def leases(db: Database) -> None:
    """What is on its way, in a table of its own: a claim writes next to what it wrote last, and not into the middle of
    every request there is, nor into their indexes.
    """
    for index in ("leased", "looking", "passing", "poll", "share"):
        db.execute(f"DROP INDEX request_{index}")
    db.execute("ALTER TABLE request DROP COLUMN lease")
    db.execute(
        "CREATE TABLE lease (request TEXT PRIMARY KEY REFERENCES request(id) ON DELETE CASCADE,"
        " token TEXT NOT NULL, feed TEXT NOT NULL, host TEXT NOT NULL, look INTEGER NOT NULL)"
        " WITHOUT ROWID"
    )
    db.execute(
        "CREATE INDEX request_poll ON request(due, id)"
        " WHERE kind = 'feed' AND pending = 1 AND look = 0"
    )
    db.execute(
        "CREATE INDEX request_share ON request(feed, due, id)"
        " WHERE kind = 'page' AND pending = 1 AND look = 0"
    )


@migrations(name="0038_answered")
def answered(db: Database) -> None:
    """The feeds that answered in a period and the gaps that ended in it, for the foot of each letter: not by going through
    every page that was ever asked for.
    """
    db.execute(
        "CREATE INDEX request_answered ON request(succeeded, feed)"
        " WHERE kind = 'feed' AND succeeded <> ''"
    )
    db.execute("CREATE INDEX gap_until ON gap(until)")


@migrations(name="0039_unheard")
def unheard(db: Database) -> None:
    """The rhythm of a feed that never had a good poll has no time in it, where it had an empty one."""
    db.execute(
        """UPDATE request SET rhythm = replace(rhythm, '"until":""', '"until":null')"""
        """ WHERE kind = 'feed' AND instr(rhythm, '"until":""')"""
    )
