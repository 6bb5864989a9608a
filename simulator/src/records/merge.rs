//! The records of shards as one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use simulation::explore::{Chunk, chunks, number};

use super::line::{Header, State};
use super::quota::Quota;
use super::read::Reading;
use super::record::Record;
use super::refusal::{Gap, Refusal};
use super::shard::{Shard, owner};

/// A record that is to be merged.
#[derive(Debug)]
pub struct Source {
    /// Its file.
    pub path: PathBuf,
    /// The contents of the file.
    pub reading: Reading,
}

/// The differences in spite of which records are merged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowances {
    /// Runs may be missing, and shards may be there twice.
    pub partial: bool,
    /// The builds may differ.
    pub different_builds: bool,
}

/// A part of the work that a record holds: the place of its scenario, its seeds, its record, and its digest.
struct Piece {
    place: usize,
    first: u64,
    last: u64,
    source: usize,
    digest: u64,
}

/// Merges records, and returns what was allowed all the same. There must be one record at least.
///
/// # Errors
///
/// With every reason that is not allowed, if the records are not all shards of the same work, each once and complete.
pub fn merge(
    sources: Vec<Source>,
    allowances: Allowances,
) -> Result<(Record, Vec<Refusal>), Vec<Refusal>> {
    let mut found = Vec::new();
    let header = sources[0].reading.record.header.clone();
    for source in &sources {
        compare(&header, source, &mut found);
    }
    let is_allowed = |refusal: &Refusal| {
        allowances.partial && refusal.is_partial()
            || allowances.different_builds && refusal.is_about_builds()
    };
    // Where the work differs, its parts cannot be compared.
    if !found.iter().all(is_allowed) {
        return Err(found);
    }
    find_doubles(&sources, &mut found);
    let pieces = pieces(&header, &sources, &mut found);
    let twice = find_gaps(&header, &sources, &pieces, &mut found);
    if !found.iter().all(is_allowed) {
        return Err(found);
    }
    Ok((join(header, sources, &twice, &found), found))
}

/// Notes the differences between a record's header and the first one.
fn compare(first: &Header, source: &Source, found: &mut Vec<Refusal>) {
    let path = || source.path.clone();
    let header = &source.reading.record.header;
    let builds = [
        ("build of the simulator", first.build != header.build || first.version != header.version),
        ("environment", first.environment != header.environment),
        ("executable", first.program != header.program),
    ];
    for (what, _) in builds.into_iter().filter(|(_, differs)| *differs) {
        found.push(Refusal::OtherBuild(path(), what));
    }
    let number = |header: &Header| header.shard.map_or(1, |shard| shard.of);
    let names =
        |header: &Header| header.scenarios.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let submissions = |header: &Header| {
        let ids = header.submissions.iter().map(|it| (it.name.clone(), it.program.clone()));
        ids.collect::<Vec<_>>()
    };
    let limits = |header: &Header| (header.clock.clone(), header.file_limit, header.limits);
    let other = |what: &str| Some(what.to_owned());
    let work = if first.command != header.command {
        Some(format!("{} rather than {}", header.command, first.command))
    } else if first.system != header.system {
        Some(format!("the system is {}", header.system))
    } else if names(first) != names(header) {
        other("it has other scenarios")
    } else if submissions(first) != submissions(header) {
        other("it has other submissions")
    } else if limits(first) != limits(header) {
        other("it has another clock or other limits of an executable")
    } else if (&first.canary, first.max_failures) != (&header.canary, header.max_failures) {
        other("it has another canary or limit on failures")
    } else if number(first) != number(header) {
        Some(format!("it is one of {} shards, not of {}", number(header), number(first)))
    } else {
        let mut pairs = first.scenarios.iter().zip(&header.scenarios);
        let different = pairs.find(|(a, b)| a != b);
        different.map(|(a, b)| {
            if a.content == b.content {
                format!("{} has the seeds {}..{}", b.name, b.first, b.until)
            } else {
                format!("the content of {} differs", b.name)
            }
        })
    };
    found.extend(work.map(|what| Refusal::OtherWork(path(), what)));
    if let Some((line, problem)) = &source.reading.torn {
        found.push(Refusal::Torn(path(), *line, problem.clone()));
    }
}

/// Returns a shard in words.
fn in_words(shard: Option<Shard>) -> String {
    shard.map_or_else(|| "all of the work".to_owned(), |shard| format!("shard {shard}"))
}

fn find_doubles(sources: &[Source], found: &mut Vec<Refusal>) {
    let mut shards = BTreeMap::new();
    for source in sources {
        let shard = source.reading.record.header.shard;
        if let Some(first) = shards.insert(shard, &source.path) {
            found.push(Refusal::Doubled(first.clone(), source.path.clone(), in_words(shard)));
        }
    }
}

/// Returns all pieces in order, and notes those that are not their shard's.
fn pieces(header: &Header, sources: &[Source], found: &mut Vec<Refusal>) -> Vec<Piece> {
    let count = header.scenarios.len();
    let all = count * header.submissions.len().max(1);
    let mut pieces = Vec::new();
    for (source, Source { path, reading }) in sources.iter().enumerate() {
        let Record { header: own, groups, runs, .. } = &reading.record;
        let of_chunks = groups.iter().map(|group| {
            let chunk = &group.chunk;
            (None, &chunk.scenario, chunk.first, chunk.last, chunk.digest.0)
        });
        let of_runs = runs.iter().map(|run| {
            let name = run.submission.as_ref().map(|it| &it.name);
            (name, &run.scenario, run.seed, run.seed, run.digest.map_or(0, |it| it.0))
        });
        for (submission, name, first, last, digest) in of_chunks.chain(of_runs) {
            let same = |name: &String| header.submissions.iter().position(|it| it.name == *name);
            let submission = submission.map_or(Some(0), same);
            let place = header.scenario(name).zip(submission);
            let place = place.map(|(scenario, submission)| submission * count + scenario);
            let is_ours = place.is_some_and(|place| {
                let seeds = header.scenarios[place % count].seeds();
                let block = simulation::explore::around(&seeds, first);
                block.is_some_and(|(begin, end)| {
                    last <= end
                        && own.shard.is_none_or(|shard| shard.has(all, place, &seeds, begin))
                })
            });
            match place.filter(|_| is_ours) {
                Some(place) => pieces.push(Piece { place, first, last, source, digest }),
                None => {
                    let what = format!("{name} {first}..{} does not belong to it", last + 1);
                    found.push(Refusal::Foreign(path.clone(), what));
                }
            }
        }
    }
    pieces.sort_by_key(|piece| (piece.place, piece.first, piece.last, piece.source));
    pieces
}

/// The number of seeds beyond which those after the last result are not looked at one chunk after another.
const ENDLESS: u64 = 1 << 24;

/// A source, with the place and the first seed of a piece that another one has, too.
type Twice = (usize, usize, u64);

/// Notes what is missing or contradictory, and returns the pieces that are there twice.
fn find_gaps(
    header: &Header,
    sources: &[Source],
    pieces: &[Piece],
    found: &mut Vec<Refusal>,
) -> BTreeSet<Twice> {
    let count = header.scenarios.len();
    let submissions = header.submissions.len().max(1);
    let (all, of) = (count * submissions, header.shard.map_or(1, |shard| shard.of));
    let (mut gaps, mut twice) = (BTreeMap::<u64, Gap>::new(), BTreeSet::new());
    let mut left = pieces.iter().peekable();
    for place in 0..all {
        let scenario = &header.scenarios[place % count];
        let submission = header.submissions.get(place / count);
        let is_unfit = submission.is_some_and(|id| {
            let mut unfit = sources.iter().flat_map(|source| &source.reading.record.unfit);
            unfit.any(|unfit| unfit.submission.name == id.name)
        });
        let name =
            submission.map_or_else(String::new, |id| format!("{}: ", id.name)) + &scenario.name;
        for chunk in chunks(1, scenario.seeds()) {
            let rest = scenario.until - chunk.first;
            if rest > ENDLESS && left.peek().is_none_or(|piece| piece.place != place) {
                for number in (1..=of).filter(|_| !is_unfit) {
                    let gap = gaps.entry(number).or_default();
                    gap.add_some(&name, chunk.first, scenario.until - 1, rest / of);
                }
                break;
            }
            let next = || left.next_if(|it| it.place == place && it.first <= chunk.last);
            let lacks = check_chunk(sources, &scenario.name, &chunk, next, &mut twice, found);
            let owner = owner(all, of, number(all, place, &scenario.seeds(), chunk.first));
            for (first, last) in lacks.into_iter().filter(|_| !is_unfit) {
                gaps.entry(owner).or_default().add(&name, first, last);
            }
        }
    }
    let record_of = |number: u64| {
        let shard =
            |it: &&Source| it.reading.record.header.shard.map_or(1, |it| it.number) == number;
        sources.iter().find(shard)
    };
    found.extend(gaps.into_iter().map(|(number, gap)| match record_of(number) {
        None => Refusal::Missing(format!("{number}/{of}"), gap),
        Some(it) => {
            let shard = in_words(it.reading.record.header.shard);
            Refusal::Incomplete(it.path.clone(), shard, gap)
        }
    }));
    twice
}

/// Compares the pieces of a chunk, and returns the seeds that none of them has.
fn check_chunk<'p>(
    sources: &[Source],
    scenario: &str,
    chunk: &Chunk,
    mut pieces: impl FnMut() -> Option<&'p Piece>,
    twice: &mut BTreeSet<Twice>,
    found: &mut Vec<Refusal>,
) -> Vec<(u64, u64)> {
    let (mut next, mut last) = (Some(chunk.first), None::<&Piece>);
    let mut lacks = Vec::new();
    while let Some(piece) = pieces() {
        if next.is_some_and(|next| piece.first >= next) {
            let begin = next.filter(|next| *next < piece.first);
            lacks.extend(begin.map(|begin| (begin, piece.first - 1)));
            next = piece.last.checked_add(1);
            last = Some(piece);
            continue;
        }
        let same = last.filter(|it| (it.first, it.last) == (piece.first, piece.last));
        let what = format!("{scenario} {}..{}", piece.first, piece.last.saturating_add(1));
        let path = || sources[piece.source].path.clone();
        match same {
            Some(same) if same.source != piece.source && same.digest == piece.digest => {
                twice.insert((piece.source, piece.place, piece.first));
            }
            Some(same) if same.source != piece.source => {
                found.push(Refusal::Disagree(path(), what));
            }
            Some(_) => found.push(Refusal::Foreign(path(), format!("{what} is there twice"))),
            None => {
                let what = format!("{what} overlaps with other seeds");
                found.push(Refusal::Foreign(path(), what));
            }
        }
    }
    lacks.extend(next.filter(|next| *next <= chunk.last).map(|next| (next, chunk.last)));
    lacks
}

/// Joins the lines of all records.
fn join(
    header: Header,
    sources: Vec<Source>,
    twice: &BTreeSet<Twice>,
    found: &[Refusal],
) -> Record {
    let count = header.scenarios.len();
    let mut merged = Record::new(Header { shard: None, ..header });
    let mut builds = Vec::new();
    let (mut state, mut elapsed, mut canary) = (State::Complete, 0.0, None::<bool>);
    for (number, source) in sources.into_iter().enumerate() {
        let mut record = source.reading.record;
        if let Some(end) = &record.end {
            state = state.max(end.state);
            elapsed += end.elapsed_s;
            canary = end.canary_found.map(|is_found| canary.unwrap_or(true) && is_found).or(canary);
        }
        builds.push(record.header.build.clone());
        merge_folders(&mut merged.header, &record.header);
        let is_first = |place: usize, first: u64| !twice.contains(&(number, place, first));
        let place = |name: &str| merged.header.scenario(name).unwrap_or(0);
        record.groups.retain(|it| is_first(place(&it.chunk.scenario), it.chunk.first));
        record.runs.retain(|run| {
            let name = run.submission.as_ref().map(|it| &it.name);
            let mut ids = merged.header.submissions.iter();
            let submission = ids.position(|it| Some(&it.name) == name).unwrap_or(0);
            is_first(submission * count + place(&run.scenario), run.seed)
        });
        if record.header.marks != merged.header.marks {
            for group in &mut record.groups {
                group.chunk.marks = merged.header.counts(&record.header.tally(&group.chunk.marks));
            }
        }
        merged.groups.append(&mut record.groups);
        merged.runs.append(&mut record.runs);
        merged.unfit.append(&mut record.unfit);
    }
    builds.sort_unstable();
    builds.dedup();
    merged.header.build = builds.join("+");
    for run in &mut merged.runs {
        let name = run.submission.as_ref().map(|it| it.name.clone());
        run.submission =
            merged.header.submissions.iter().find(|it| Some(&it.name) == name.as_ref()).cloned();
    }
    merged.sort();
    Quota::of(&merged).apply(&mut merged);
    let is_whole =
        !found.iter().any(|it| matches!(it, Refusal::Missing(..) | Refusal::Incomplete(..)));
    let state = if is_whole { State::Complete } else { state.max(State::Stopped) };
    merged.sum_up(state, canary, elapsed);
    merged
}

/// Takes away the fingerprints of folders that are not the same everywhere.
fn merge_folders(merged: &mut Header, other: &Header) {
    if merged.folder != other.folder {
        merged.folder = None;
    }
    for (ours, theirs) in merged.submissions.iter_mut().zip(&other.submissions) {
        if ours.folder != theirs.folder {
            ours.folder = None;
        }
    }
}
