"""The manual pages of codes that are no static rule of a cell: title, why, and what to do. One row each."""

from __future__ import annotations

from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CodePage:
    """A row: ``code`` without prefix, the title, the reason, the way out."""

    code: str
    title: str
    why: str
    fix: str


SECTIONS = {
    "A": "Notebook file",
    "B": "Tags and markers",
    "C": "Values of [meta]",
    "D": "Code of tagged cells",
    "E": "Inputs",
    "F": "git",
    "G": "Environment",
    "H": "The clean run",
    "I": "Registry",
    "J": "HTTP",
    "K": "Kubernetes",
    "R": "Research language",
    "T": "Trust",
    "X": "The program",
}

_ROWS = """
A01 | notebook is empty | The file has no content. | Start from `nbcode init`, or restore the last good copy.
A02 | not valid JSON | The file was cut off or damaged; the byte where reading stopped is given. | Save the notebook again from the editor.
A03 | byte order mark | A note: the mark is accepted and is not part of the notebook's digest. | Save as UTF-8 without BOM.
A04 | not UTF-8 | A notebook is UTF-8 text; UTF-16 and Latin-1 are refused, not guessed. | Save as UTF-8.
A05 | not a JSON object | A notebook is a JSON object; a list, a number or null is none. | Name the notebook file.
A06 | no list of cells | `cells` is missing, null or no list. | Save the notebook again from the editor.
A07 | nbformat 3 or older | The old formats keep cells elsewhere. | Run `jupyter nbconvert --to notebook --inplace`.
A08 | unsupported nbformat | Only format 4 is known; a newer one may mean something else by the same words. | Save in format 4.
A09 | a key twice | Each JSON reader picks one of the two, so what was reviewed need not be what runs. Refused for safety; a note where nothing is read that runs, such as in outputs. | Delete one of the two.
A10 | NaN or Infinity | They are not JSON; readers disagree. | Save the notebook again from the editor.
A11 | an endless integer | No notebook needs thousands of digits. | Save the notebook again from the editor.
A12 | nested too deep | No notebook nests deeper than 64 arrays and objects. | Clear the outputs and save.
A13 | invalid Unicode | Half of a character (a lone surrogate) cannot be written to any file. | Retype the text.
A14 | NUL character | Python refuses it and editors hide it. | Delete the character.
A15 | cell ids | Two cells with one id are a warning; missing ids are a note: cells count by position, and no digest depends on ids. | Save the notebook again from the editor.
A16 | source is no text | A cell's source is text or a list of texts. | Save the notebook again from the editor.
A17 | unknown cell type | Cells are code, markdown or raw. | Save the notebook again from the editor.
A18 | metadata of the wrong type | `metadata.tags` is a list of texts. | Edit the tags in the editor's own tag field.
A19 | file too large | Outputs make it so; nbcode ignores them but must read past them. | Clear the outputs and save.
A20 | too many cells, or too much source | A notebook of more than 2,000 cells or 1 MB of source is generated, or holds data as text. | Move data to a declared input.
A21 | another kind of file | The first bytes say so, whatever the name. | Name the notebook itself.
A22 | a link | What a link names can change between review and run. Refused for safety. | Promote the target.
A23 | no regular file | A FIFO, a device, a socket or a directory. | Name the notebook file.
A24 | changed while it was read | An editor or a tool is writing the file. | Save and retry.
A25 | unsaved changes | The open document is newer than the file on disk. | Save, then promote.
A26 | unresolved merge | The file still holds both sides of a conflict. | Resolve the merge and save.
A27 | not Python | The notebook's kernel is for another language. | Choose a Python kernel and save.
A28 | attachment with a path | Its name could be written outside the notebook's folder. | Rename or delete the attachment.
A29 | cannot be read | There is no such file, or no right to read it. | Check the path and its permissions.
A30 | the kernel does not know its notebook | The front end that started it did not say which file is open. As a note: the cells that ran are not those of the file that was named, so they are not compared with it. | Name it: `%nbcode check NOTEBOOK.ipynb`; run its cells in this kernel.
A31 | stale cell | A tagged cell ran before what it reads (a name, a file, a module of the project) was changed: what it left, and what was made of it, is out of date. | Run it again, and what comes after it.
A32 | the kernel and the clean run differ | The notebook showed other figures than the clean run of the saved cells gives; both are shown, with the first cell that ran on something else. | Run the tagged cells again from that one; what is registered is the clean run's.
A33 | other data in the kernel | `alpha_bench.use(panel)` bound data of one's own: figures are no longer of the data that a clean run reads. | `%reload_ext nbcode`, then run the cells again; for other data name a dataset in nbcode.toml.
A34 | a platform's name is one's own here | An untagged cell gave a name of the platform another meaning in this kernel, and a tagged cell reads it: in a clean run that is the platform's. A name that a tagged cell imports or defines is its own there too, and not told. | Tag the cell; or take another name there, and `%reload_ext nbcode` gives the platform's back.
A35 | how much was tried | A note: the live kernel and `nbcode run` count every variant that is judged, once, in the ledger of the project (docs/adr/0058). More were looked at than `trials=` declares, so that the deflated Sharpe ratio is too high; or the ledger cannot be written. | Declare them: `walk_forward(m, trials=n)`.
A36 | no such module | `package.module:name` names a module of which no file lies here, in the folders around it up to the project's root, or in `src` there. What is installed is no part of the project, and is not promoted. | Call nbcode in the folder that holds the package; or name the file: `FOLDER/module.py:name`.
A37 | neither a notebook nor a model | The file has no cells, and is no model of alpha_bench as YAML: that has `features`, `label` and `model`. | Name a notebook (`.ipynb`, percent `.py`), a `model.yaml`, or `package.module:name`.
A38 | the same model, written otherwise | A note: a definition, [meta], inputs and environment give one artifact, whether a notebook, YAML or Python wrote them. What was asked for is a version already, promoted from another form, and nothing was run or registered anew. | Nothing need be done.
B04 | unknown tag | A word close to a tag would silently leave its cell behind (error); any other word in brackets is a warning. | Use meta, setup, features, model or eval.
B05 | tag in other letters | Tags are lower case, without spaces. | Write it in lower case.
B06 | look-alike letter in a tag | Two tags that look the same and are not would promote another cell than the one reviewed. Refused for safety. | Type the tag anew.
B07 | marker not recognised | Editors read `# %%[model]` as a comment. | Write `# %% [model]`.
B08 | tag on a cell that is no code | Only code cells are promoted. | Change the cell's type, or remove the tag.
B09 | cut metadata | The metadata on a marker line cannot be read; the column is given. | Close the bracket or the quote.
B10 | carriers disagree | The marker, metadata.tags and metadata.title of one cell name different tags. | Make them say the same.
B11 | two tags on one cell | A cell bears one tag. | Split the cell.
B14 | invisible character in a tag | It looks like a tag and is none. | Type the tag anew.
B16 | Kale's tag | A note: `step:NAME`, `imports`, `functions` and `skip` are understood; how is said. Untagged cells stay exploratory. | Nothing need be done.
B18 | nothing to propose for | The file is a model of alpha_bench and has no cells; or no fitted model, and no name that is called like scores or positions, was found in the cells; or a name that was asked for is bound by no cell. | Say where the model is: `nbcode suggest NOTEBOOK --model NAME`.
B19 | the clean run gives another figure | A warning: the notebook's stored output and the clean run of the proposal differ. A cell that stays behind has changed what kept cells read, the cells ran in another order, or draws are not seeded. | Run the notebook from top to bottom and compare; tag the cell that is missing.
B20 | tags cannot be written | What would be written does not read back as the same cells with these tags. Nothing was changed. | Tag the cells in the editor.
B22 | who the model is, is not said | A model that is a file of its own says its id, kind, horizon and owner: YAML in a block `meta:`, a module in comment lines below `# [meta]`. | Write it; the keys are those of a notebook's [meta].
B23 | nothing evaluates the model | A candidate is recorded with the figures of one evaluation. A YAML document needs `evaluation:`; in a module, the one evaluation of the model that is named is found, and none or several different ones are refused. | `evaluation: {folds: 12, embargo: 5d}`; `report = walk_forward(model, folds=12, embargo="5d")`, and where there are several, name one: `package.module:report`.
B24 | no such name in the module | `package.module:name` names a value that the module does not have when it was imported. | Name one that it has; the nearest is told.
B25 | no model | What `package.module:name` names is no model of alpha_bench, nor an evaluation of one: a function, a class, a model of another library. | Name what `Ridge().fit(X=[...], y=...)` or `walk_forward(model)` gives; promote a model of another library as a notebook.
B26 | `data` of a YAML model | A note: the document says which data `alpha_bench run` reads. A clean run reads the panel that nbcode.toml declares, and pins it by its content. | Delete `data`; `data: NAME` in `meta` names a dataset of nbcode.toml.
B27 | figures at import | A module that is promoted defines a model; while it was imported without data it asked for a figure or another value. | Take it out of the import: in a function, or below `if __name__ == "__main__":`.
C01 | anchor or alias | They can grow without bound. Refused for safety. | Write the value out.
C02 | YAML tag | `!!python/object` and its like build objects. Refused for safety. | Delete the tag.
C03 | key twice | Readers keep one of the two. Both lines are given. | Delete one of the two.
C04 | merge key | What `<<` merges is not seen where it is read. | Write the keys out.
C05 | ambiguous scalar | `NO`, `on`, `010`, `12:30:45`, `1_000` are text to one reader and a number or a truth value to the next. | Quote it.
C06 | bare date | Some readers make an object of it. | Quote it.
C07 | not a finite number | `.nan` and `.inf` have no JSON form. | Give a finite number.
C08 | integer beyond 2**53-1 | JSON readers round it. | Write it as text, in quotes.
C09 | key or value that is not text | Keys are plain words; binary values, sets and complex keys are not known. | Write plain text.
C10 | several documents | `---` starts another one. | Delete the line.
C11 | tab | Readers disagree on how far it indents. | Use spaces.
C12 | unknown key | A misspelt key would be ignored in silence. The nearest known one is given. | Correct it.
C13 | wrong type | What was expected and what was found are given. | Write the expected type.
C14 | not a name | A name becomes part of paths, commits and registry entries: 2 to 63 of a-z, 0-9, `_` and `-`, a letter first, and no reserved word. | Choose another name.
C15 | names that look the same | The name's accents are separate characters. | Use plain letters.
C17 | template | `{{` would be filled in by a workflow engine. Refused for safety. | Write plain text.
C18 | required key missing | id, kind, horizon and owner are required. | Add the line.
C19 | not `key: value` | A [meta] cell holds one `# key: value` a line, and nothing else. | Rewrite the line, or quote the value.
C20 | expression | `model:`, `report:` or `signal:` is no Python expression, or one that does more than read: it assigns, awaits or yields, or holds an f-string. | Write a name of a tagged cell, or an expression of such names.
C21 | model and signal | A notebook is promoted as one of the two, which `kind` says. | Delete the other key.
C23 | id of another notebook | A warning of `nbcode check FOLDER`: two notebooks say the same `id`, and their candidates go to one registry. Where they define the same they are one version; else each promote of one would be a version of the same model and take the alias from the other. A Jupytext pair of the same cells is one notebook. A note where they are several forms, such as cells and YAML, which may well be one model. | Give each an id of its own, or delete the copy.
C30 | nbcode.toml is not TOML | Line and column are where reading stopped. | Correct the line; texts need quotes.
C31 | value not allowed | The type is right and the value is not: a size without a unit, an unknown sandbox, an empty path. What is expected is given. | Write what the message suggests.
C32 | unknown dataset | `[defaults] data` names a dataset that nbcode.toml does not declare. | Declare `[data.NAME]`, or correct the name.
C33 | required key of nbcode.toml missing | A dataset needs `prices`. Of several datasets a notebook names one (`data:` in [meta]), or one is the default. | Add the line.
C34 | nbcode.toml cannot be read | It is no regular file, not UTF-8, too large, or not yours to read. | Make it a readable text file, or move it away: nbcode works without one.
C35 | password in an address | A user or a password stands in an address of nbcode.toml, a file that is meant for git, or a password in NBCODE_JOURNAL_URI. Refused for safety. | Write the address without it. Of a registry MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN) hold it; of a journal PGPASSWORD or ~/.pgpass.
C36 | shared journal, own registry | A journal on a server is shared by several stores; a registry inside one of them would lack what the others promoted. | Name a registry that all of them share: `[registry] uri`.
D17 | fitted already | A fitted estimator inside a definition is refused: each fold fits its own. As a note: plain Python cells fitted `m` themselves; folds are not made again, and what it had seen is told by the look-ahead of the run alone. | Give it unfitted, or write the model with features and walk_forward.
E01 | declared input missing | The file that [meta] or nbcode.toml names is not there. | Check the path.
E02 | input changed | Its digest is not the declared or the pinned one; both are shown. | Declare the new digest, or restore the file.
E03 | input cannot be taken | No plain file and no folder of plain files; or it is read as `inputs["x"]` and is neither CSV nor parquet. | Name a plain file; open another format by its own path.
E04 | path outside the project | Paths and links that lead out of the project's root, absolute and home paths, and the folder of the notebook itself, are refused for safety. | Use a path below the project, or nbcode.toml.
E05 | scheme not allowed | Inputs are local files; nothing is downloaded. Refused for safety. | Download the file below the project.
E06 | address not allowed | Inputs are local files; no host is asked, internal addresses least of all. Refused for safety. | Download the file below the project.
E07 | redirect to another host | Cannot happen while nothing is downloaded: E05 and E06 come first. | Download the file below the project.
E08 | larger than its size | The file goes on after the size that it has. | Write it whole, then declare it.
E09 | expands too much | A small archive or parquet file that grows 200-fold or more. | Store the data plainly.
E10 | two inputs of one name | Also names that a case-insensitive disk takes for one. | Rename one.
E11 | undeclared read | The run read what was not declared; cell, line and path are given. | Declare it under inputs: in [meta].
E12 | input changed during the run | Its bytes differ before and after. | Run again on a file that holds still.
E13 | no rows | The data is empty. | Check the query that made it.
E14 | target all missing | Every label is NaN. | Check horizon and dates.
E15 | types drifted | A column changed its type. | Restore it, or change the declaration.
E16 | duplicate columns | Two columns of one name. | Rename one.
E17 | infinite values | A column holds inf. | Clean the data.
E19 | no such calendar | The exchange is named as the library exchange_calendars names it; the nearest is given. | Correct it: XNYS, XLON, XTKS.
E20 | exchange closed | The panel has sessions at which the named exchange was closed: holidays or weekends. | Name another calendar, or leave the sessions out.
E21 | calendars not installed | Calendars of exchanges come from an optional library. | `pip install alpha-bench[calendars]`.
E22 | polars not installed | Frames of polars come from an optional library. | `pip install alpha-bench[polars]`.
E23 | what is learnt from or tested knows the future, or was not looked at | At its end a clean run of plain Python gives the inputs another future and runs the cells again: values, rows, names, labels (but for their last horizon), weights or evaluation sets of earlier sessions changed; or the signal, or which sessions a figure is computed of. Where it could not look (inputs or rows without dates, cells that fail on other data, a limit) it says so with the reason: that is not the same as none found. It is a note where only a part was not looked at. | Compute each row from its own session and earlier ones; fit scalers on training rows only; choose rows by what was known on their session. Where it was not looked at: what the message says.
E24 | survivors only | Names leave the inputs, and none of them is learnt from. | Choose names by what was known on each session.
E25 | declared path means two files | A warning: there is one beside the notebook and another one below the project's root; the first is taken. | Rename one, or declare the other by its path from the notebook.
E26 | what is tested was trained on | A model is applied to rows that it was fitted on, and to no others; or copies, mixtures and synthetic rows that it was fitted on are made of them. What is measured is memory. Seen in the recorded calls of a clean run of plain Python. | Fit on the rows before the tested ones: `m.fit(train[columns], train["target"])`.
E27 | labels reach into the tested rows | The tested rows begin fewer sessions after the training rows than [meta]'s horizon: the last training labels are made of prices of tested sessions. | End the training rows the horizon before: `train = table[table["date"] < dates[k - 10]]`, `test = table[table["date"] >= dates[k]]`.
E28 | tested rows lie between training rows | Drawn rows, a shuffled or k-fold split, every fifth row, or rows out of the bag: training sessions on both sides of a tested one, or the same session in both, and nearer than the horizon. | Split by date, and leave the horizon free between training and tested rows.
E29 | a split counts rows of a panel as sessions | `TimeSeriesSplit` and its `gap` count rows. Where a session has forty, gap=10 is a quarter of a session. | `gap=` horizon x rows a session, on rows in the order of their dates; or split the dates: `TimeSeriesSplit(5, gap=10).split(dates)`.
E30 | chosen on the tested rows | A search, early stopping, or the best of several settings saw the rows that are tested afterwards; or a model, a blend or a calibration learnt from predictions on them; or the figure is the best of several scores. Also seen where the cells run again on another future: what is predicted or scored for tested rows before it is then another, though the training rows end earlier. The best of several is better there than anywhere else. | Choose on the last part of the training rows, and test on rows that had no part in it.
E31 | a transformer learns from tested rows | A scaler, a PCA or a selection was fitted on rows that are tested later: each of them is changed by those beside and after it. Or a model was, whose predictions, leaves or neighbours another learns from; or a step of a pipeline takes means or ranks of the table that it is given. A fit on one session alone is not meant. | Fit on training rows only, and apply it to the others: `s.fit(train[columns])`, `s.transform(test[columns])`.
E32 | the target is among the features | A column of X holds the numbers of y, or a multiple of them; or y knows what was before its row, which the features know too; or it ends before them, since rows were paired by place. | Write the label ahead of its row, `by_symbol.shift(-10) / table["close"] - 1`, and leave it out of X.
E33 | a trade before its signal | Session by session the P&L that the figures are made of is position times return, and the position is made of what is known only after that return has begun: the day's own close, low, rank or volatility. Nobody can have it. Seen where the cells run once more on inputs that differ from that session on; of a return from the open, that open stays. | Let a position earn the session that follows: `positions.shift(1) * ret`.
E40 | a definition knows the sessions that it is tested on | Cells took a number, a group or a column from the data and wrote it into the model. In a clean run they are run again while only the data after the first tested session change, and what they judge gives the report that it gave: their definition is another then. A definition that reads no data in its cells is not looked at, and needs not be. | Take it from sessions before the first tested one, or write it as a feature, which moves with its window.
E41 | the best of many is reported as one | The cells judged variants, and chose by their figures: when each gives the figures of the next one, they choose another. Fewer trials are declared than were judged. The deflated Sharpe ratio of the report allows for all of them. | Declare them: `walk_forward(m, trials=11)`; better, choose on sessions before those that are reported.
E42 | a field knows later sessions | Seen from the panel, of fields that features, universe or weights read: a constant that is another field's last value, mean or gain of all sessions, or groups of the last day where others show that they changed; a column that was scaled by all sessions; one whose changes go before the price by more than anything honest does; a level of adjusted prices. The verdict of the report is "found". | Give the field as it was known on each session: `panel.as_filed(filings)`, groups by date, unadjusted prices, windows that end on the session.
E50 | data elsewhere cannot be read | The object store or the server that nbcode.toml names refuses, does not answer, or the address leads to nothing that it knows. Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION), the store's address from AWS_ENDPOINT_URL. | Set them, or correct the address.
E51 | query gives no snapshot | `nbcode data snapshot` asks the `query` of `[data.x]` over its `connection`: one SELECT that gives rows. DuckDB reads files by their names; other databases need their driver for SQLAlchemy. | Correct `query` or `connection`; set the variable that holds the URL.
F01 | not a repository | There is no git repository around the notebook, so the snapshot is kept in nbcode's own; or git is not installed. | Nothing need be done, or run git init.
F02 | foreign owner | The repository belongs to another user; nbcode adds no safe.directory by itself. | Add it yourself.
F03 | bare repository | There is no working tree, or the notebook is inside `.git`. | Work in a clone.
F04 | inside a submodule | The snapshot would belong to the submodule, which is named. | Clone the submodule's own repository, and promote from there.
F05 | LFS pointer | The file is a pointer to its content. | Run git lfs pull.
F06 | ignored by git | A note: the snapshot still works on its own ref. | Nothing need be done.
F07 | cannot be written | The repository or the store: disk full, or read-only. | Make room.
F08 | damaged repository | An object or the HEAD commit is missing. | Run git fsck.
F09 | ref holds another commit | It is never overwritten. | Look at the ref.
F10 | unsupported repository | It has a format that this git does not know. | Use the git that made it.
F11 | file name | A newline, a leading dash or bytes that are no text. | Rename the notebook.
G01 | no lock | A note: what is installed is locked instead; an error where the lock file cannot be read. | Run `uv lock`.
G02 | lock is stale | A package is installed in another version than the lock has; it is named. | Run `uv sync` or `uv lock`.
G03 | only as source | A package has no wheel; nothing is built in a run. | Choose a version with a wheel.
G04 | hash mismatch | A wheel, an installed file or a source tree is not the locked one. Refused for safety. | Find out why.
G05 | offline | Wheels are missing from the cache; they are listed. | Go online once.
G06 | Python differs | The lock is for another version. | Use that Python.
G07 | no wheel for this platform | The package is named. | Choose another version.
G08 | yanked or vulnerable | A warning about a pinned version. | Update it.
G09 | pin without effect | A thread or SIMD pin is not what runs. | See the named library.
G10 | directory refused | A package is locked as a directory outside of the project, or as one that holds far more than a package. | Lock a wheel of it.
G11 | kept environment changed | A note: files of an environment that is kept were not what they were; it was not used, and made anew. | Find out who wrote there.
H01 | no result | The code ended without a complete result: it raised, exited or killed its kernel. | See the cell and line.
H02 | out of memory | The limit and the peak are given. | Raise the limit, or use less.
H03 | out of time | The limit is given. | Raise the limit, or do less.
H04 | out of CPU time | The limit is given. | Raise the limit, or do less.
H05 | out of disk | The limit is given. | Write less.
H06 | output | Too large, too many files, or a link in it. | Write less.
H07 | cannot be saved | A type in the model is not on the allow-list; it is named. | Use a known estimator.
H09 | double build differs | What `nbcode rebuild` makes from the version's sources, inputs and environment is another artifact. Its files and the first difference are named. Exit code 3. | Compare both (`-o FOLDER`): a cell takes something from elsewhere, such as the clock, or numbers without a seed.
H10 | cluster unreachable | The cluster's API server did not answer, or could not do what was asked. What was begun is not lost: the run's name is its own, and to submit it again is to submit it once. | Check the connection (`kubectl cluster-info`), then `nbcode resume`.
H11 | not signed in | The cluster refused the credential of your kubeconfig. | Sign in to the cluster again.
H12 | not allowed | The right that is missing, and the namespace, are named. | Ask who runs the cluster for it; `nbcode doctor --on argo` tries them all.
H13 | template missing or changed | The cluster has no workflow template of the name that `[argo] template` says, or it was changed while the run was submitted by it. | `nbcode doctor --on argo`, then its administrator.
H14 | image | The image of the run cannot be pulled, or has other distributions than the lock says: the same spec on other versions may give another artifact, so nothing is run. | Ask for an image of the project's lock, or run with `--on here`.
H15 | run gone | The runner no longer has it, or it was cancelled, or its result was discarded. | `nbcode resume` runs a promote again.
H16 | pod lost | The run's pod was deleted, evicted or preempted, or its node was lost. That is no failure of the run: it is tried again. | Wait; `nbcode resume` when it ended without a result.
H17 | another result | A run in a cluster left two results that differ, as when a second pod ran it: nobody knows which of them is the run's, so none is registered. | `nbcode rebuild` says whether the cells give the same each time.
H18 | clock skew | The clock of this machine and the cluster's are more than five minutes apart: tokens and signatures would not hold, and who was first could not be told. Nothing was submitted. | Set the clock.
H19 | sandbox not available | The isolation level that was asked for is not there; never replaced in silence. | Choose another with --isolation.
H20 | another definition | The clean run built another model definition than the spec names: the cells do not build the same model each time. | Make what they build depend on nothing but the data.
H21 | no such run | There is no run of that name, or its record is gone. | `nbcode status` lists the runs.
H22 | killed from outside | Nothing of the notebook ended the run: the system did, as when memory is short, or a person. | Run it again; `nbcode resume` does for a promote.
H23 | name of another run | A run's name is its own for ever; something else has run under this one, so their results could be confused. | Run it again: it gets a name of its own.
H24 | a thread failed | A warning: a thread of the cells ended by an exception, which Python only prints. | Keep its result and ask for it.
H25 | too good to be believed | A warning: an IC, a Sharpe ratio or an R squared is beyond what honest forecasts of returns over the label's horizon are known to reach (up to a month IC 0.1 and R squared 0.05; Sharpe ratio 4 + 4/h; `alpha_bench/metrics/plausibility.py` says where they are from). Which figure is one is told by its name. | Look for a leak.
H26 | another model's predictions | A warning: the model that plain cells leave was loaded by a process that ran no cell and asked for the rows that the cells asked it for, and it gave other predictions. What it cannot be asked (code of the notebook, text columns, further arguments of `predict`) is said in the report under `judged`. | Promote the object that predicted, as it was then.
H27 | a function of alpha_bench was replaced | A cell puts a function of its own in the place of one of alpha_bench or nbcode, and the notebook's definition would be told by it: what is registered need not be what the cells say. Plain Python may do so, since nothing of it is told by them. | Take out what assigns to alpha_bench; a feature of your own goes under `@feature`.
H28 | another panel than the declared one | A warning: a cell bound a panel by `alpha_bench.use(panel)`. What the cells show is of that panel, what is registered of the data that nbcode.toml declares: a definition is evaluated by a process that ran no cell. | Name the data in nbcode.toml, and take `use(...)` out of the tagged cells.
H30 | a pinned setting | A note: a cell sets a variable of the environment that the run has pinned (threads, hash seed, BLAS kernels); it stays as it is. | Nothing: the run is the same without the line.
H31 | left behind | A note: what cells wrote beside the result is gone with the run. | Declare under `outputs:` in [meta] what the artifact shall keep.
H32 | an output that was not written | [meta] declares a file under `outputs:` that the tagged cells did not write as a file of their own. | Tag the cell that writes it, or correct the path.
H37 | as_of cannot be kept for an input | as_of reads the rows of that day and before, and this input holds something else than tables with one column of dates: a file of another format, also one in a folder, no column that says when a row was known, or several. What cannot be cut is not read. | Write `path#date=COLUMN` in [meta]; `#date=none` where no row has a date.
H38 | data end before as_of | A note: the data may be late, or there was a holiday; where `[data.NAME] calendar` names the exchange, holidays do not count. `nbcode refit` refuses late data instead (exit 5). | Ask for the last session, or wait; name the calendar.
H39 | read whole in the live kernel | A warning: [meta] says as_of, and a cell opened a declared input by its path. In the kernel that leads to all rows; in a clean run to those of as_of and before. | Read it as `inputs["name"]`.
H40 | object store | The store through which runs travel to a cluster was not named, did not answer, or has other bytes than a digest says. | `nbcode doctor --on argo` tries it.
H41 | run ended in the cluster | Somebody cancelled the run, or the cluster lost its pods so often that it is not tried again. | `nbcode retry` runs it again when that is mended, from any machine that has the journal.
H42 | submitted | A note of `nbcode promote --no-wait`: the run is on the cluster, and whoever finishes it needs nothing from here. | `nbcode status` shows how far it is, `nbcode logs RUN -f` what it says.
H43 | folds that are not spread | A note: `promote --fan-out folds` was asked for, and the folds of this notebook cannot be seen from outside: its cells fit their own models, or nothing in it is evaluated in folds. It is run as one, with the same result. | Nothing need be done; `walk_forward(m)` on a definition of ours has folds that can be spread.
H44 | fits of folds that were not taken | A warning of a run whose folds were spread over others (`promote --fan-out folds`): what one of them left cannot be read, predicts something else here, or is another fit than the one made here. Those folds were fitted in this run, so the result is the one of a single run. | Run on machines of one kind; look who may write to the object store.
H45 | the run is in another cluster | One journal may serve several namespaces and object stores. A run can be looked at and ended where it is, and settings or the environment name another place. | Name the namespace and the store that the text shows.
I01 | registry locked | For more than 30 s. | Try again.
I02 | registry on NFS | Its locks do not hold there. | Use a local disk or a server.
I03 | schema newer or older | Registry, journal or build spec were written by another version. | Upgrade the one that is behind.
I04 | already registered | A success: the same spec and artifact are a version already, which is shown. | Nothing need be done.
I05 | same spec, other artifact | The build is not reproducible. Refused for safety. | Find the cause.
I06 | artifact changed at its source | Its bytes are not those registered. Refused for safety. | Restore it.
I07 | version deleted or number reused | The registry's history was changed. | See the ledger.
I08 | alias moved outside nbcode | Ledger and registry are shown. | Set it again.
I09 | production | Promoting never sets production. Refused for safety. | Use the release process.
I10 | approver is the author | Another person must approve. | Ask one.
I11 | checks missing | A release needs them. | Run them.
I12 | provenance not verifiable | Its statement does not match. | Build again.
I13 | open MLflow server | A warning about its settings. | See the named setting.
I14 | gate not met | A figure does not meet a condition of `gates:` in [meta], so no candidate is set. | Improve the model or change the gate.
I15 | store not readable or writable | The journal, in the store or on a server, or a file of the store failed. | Check free space and permissions of `.nbcode`; of a server ask who runs it.
I16 | registry failed | MLflow gave an error; the promote waits. | Fix it, then run `nbcode resume`.
I17 | another promote of the same spec | It is at work and does not end. | See `nbcode status`; try again when it has ended.
I18 | began with something else | What an interrupted promote began with is no longer here. | Promote again.
I19 | no such model | Nothing was registered under that name from this project. | `nbcode models` lists them.
I20 | interrupted promote | A note: it waits to be finished. | `nbcode resume`.
I21 | candidate stays | A note: a promote that began later has set the candidate already. | Nothing need be done.
I22 | build spec not readable | A stored build spec is damaged, or is none. | Build again.
I23 | store of another user | The store's files belong to somebody else and cannot be written. One store serves one user; a registry server serves many. | A `[store] path` of your own; share the registry by `[registry] uri`.
I24 | model of another owner | The registered model has no owner that nbcode knows, or another than [meta] says. Refused for safety: a version and the alias would land in somebody else's model. | Choose another id, or `nbcode promote --adopt` when it is yours to take over.
I25 | not signed in | The registry's server does not know these credentials (401). | Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN; then `nbcode resume`.
I26 | no right | The registry's server knows you and refuses (403). | Ask for the right to edit the model; then `nbcode resume`.
I27 | no MLflow there | Something answers at the address, but not as MLflow's API does: a proxy, a sign-in page, another program. | Correct `[registry] uri`.
I28 | registry does not answer | It is down, or not to be reached from here. A promote looks before its run begins. Nothing is lost. | Try again: `nbcode resume`.
I29 | journal's server does not answer | The PostgreSQL server that `[journal] uri` or NBCODE_JOURNAL_URI names is down, not to be reached from here, or wants another password. Nothing is lost. | Try again: `nbcode resume`; PGPASSWORD or ~/.pgpass holds the password.
I30 | registry named by the environment | A note: nbcode.toml names no registry, and MLFLOW_TRACKING_URI of your environment names a server, so candidates are registered there. | Nothing need be done; `[registry] uri` names it for everybody, and without the variable the registry is in the store.
I31 | made elsewhere | A note: the same spec is a candidate already, promoted from another store that shares the journal. Its artifact and report are in that store and in the registry. | Nothing need be done.
I32 | candidate of another notebook | A note: the candidate so far was promoted from another notebook with the same id, and a copy keeps its original's id. Both notebooks and their figures are shown before the alias moves. | Give the copy an `id:` of its own in [meta], or leave it when it is meant to take the place.
I33 | more was tried than is declared | A warning: the ledger of trials holds more variants than `trials=` declares (docs/adr/0058), so that the figures of the best of them are too good. A note for plain Python, which cannot declare it. Also where the ledger is gone though models were promoted: these are counted again, the rest is lost. | Declare them: `walk_forward(m, trials=n)`.
I34 | a gate rests on the cells' word | A gate of [meta] on a figure is met by what the notebook only states: cells that want to deceive can state any number, so no candidate is set. Figures that the judge computed, or found again from what was predicted and declared prices, are not meant. A warning where `judged: stated` takes the notebook's word, and of a gate on the verdict on look-ahead that the cells' own process made. | `judged: stated` beside it under `gates:` takes the notebook's word; `judged: outside` refuses a stated verdict too; or write the model in the language of alpha_bench.
I36 | certificate not trusted | The registry's server is behind TLS, and its certificate is signed by an authority that this machine does not know, is for other names, or has run out. A promote looks before its run begins, and trusts whom MLflow's client trusts. | Set MLFLOW_TRACKING_SERVER_CERT_PATH to the PEM file of your house's authority.
I38 | a refit is beyond a limit | `nbcode refit` holds the same model on newer data to `[refit]` of nbcode.toml: fields of the sessions that the fit before did not have so, coefficients, predictions and the last fit's IC since. What is beyond a limit is more often wrong data than a new market, so nothing is registered; nor is it where a limit could not be looked at, since names, sessions or features are others. Refused for safety. Of a promote by hand a warning. | Look at the data; promote by hand what is right.
I39 | no refit of this model here | A refit is the same definition and code on newer data. Cells, modules or inputs are declared otherwise here than in the version that was changed last, or its spec or notebook is not here. | Promote it as a changed version, or run the refit in the project that it came from.
I40 | another environment | The packages that are installed here are not those of the version's lock: a refit changes the data alone, and a rebuild changes nothing. Of a rebuild also another platform. | Install those, or promote with what is installed.
I41 | a refit | A note: the definition and the code of what was promoted are those of an earlier version, so it is recorded as refit `n.k` of version `n`. | Nothing need be done.
I46 | bytes of a version | `nbcode show --verify`, `export` and `rebuild` fetch a version's files from where the registry says that they are. Its artifact is not the one of its digest, its spec another, or its sources not those of its spec: they were changed, or lost in part, after they were registered. A note says which versions were fetched and are right. | Restore the registry's files from a backup, or `nbcode promote --again`.
I47 | files of a version are gone | The registry has the version and not its files, or not the spec, which versions of an older nbcode have only in its own store. | Restore the registry's files, import an archive of the version, or promote its notebook again.
I48 | archive refused | Every byte of an archive of `nbcode export` follows from the version in it. This file is cut off, longer, changed in any place, or its parts are of different versions; or its digest is not the one that was asked for. Nothing was written. | Take it from a copy, or export it again.
I49 | bytes of a version stay, or are gone on purpose | `nbcode gc` removes no bytes of a version that is under an alias, of which MLflow made a copy, that is being promoted, or whose files are a server's. As a note: they were removed, the record stays, and promoting what the version was made from gives them back under its number. | Take the alias away first, or keep it.
I50 | no newer data | A note: the data up to the day of a refit are those of the last fit, so nothing was run or registered. A weekend, or a job that ran twice. | Nothing need be done.
I51 | refit on older data | A line of refits goes on in time, and takes the candidate with it: a day before that of the last fit is a typing error, or an old job. Nothing was registered. | A later day; or promote by hand with `--as-of` to go back.
I52 | no shared journal | A controller goes on with what others began, so it needs the journal that they promote into: a PostgreSQL database. A journal in a file is finished by who promotes. | Set NBCODE_JOURNAL_URI.
J01 | foreign host | Refused for safety. | Use the address that was given.
J02 | foreign origin | Refused for safety. | Use the editor.
J03 | no token | The request has none, or an old one. | Start from the editor.
J04 | token in the URL | URLs are logged. | Send it in a header.
J05 | media type | JSON only. | Send application/json.
J06 | body too large | More than 2 MB. | Send less.
J07 | body too deep | Too many levels or keys. | Send less.
J08 | unknown field | Its path is given. | Remove it.
J09 | method | Not allowed here. | Use the documented one.
J10 | no such path | It does not exist, or is not allowed. | Check the path.
J11 | too many requests | Slow down. | Wait.
J12 | too slow | The body did not arrive in time. | Try again.
J13 | socket without token | Refused. | Start from the editor.
J14 | another user | The socket belongs to someone else. | Use your own.
K01 | cannot be deployed as it is said | A name, an image or an object store that a cluster, a registry or an S3 server would not take; or one of them is not said. | Write it as the text shows.
K02 | an image by a tag | A warning: a tag may name another image tomorrow, and a run's result would not say so. | Name it by its digest.
K03 | no namespace | NBCODE_NAMESPACE of the environment names what no cluster takes. | Unset it, or name one of a-z, 0-9 and -.
R01 | parameter | A number, text or count of sessions is needed; what was given is shown. | Write 20 or "20d".
R02 | would read the future | A negative lag or window. Only labels look ahead. | Use 0 or more.
R03 | unknown or missing parameter | The operator's own parameters are shown. | Correct it.
R04 | no truth value | An expression stands for a value for every asset and session. | Combine conditions with `&` and its like, each comparison in parentheses; `a is b` asks whether two expressions are one.
R05 | values needed | A value was asked for where no data is bound: while the definition is read, nothing is computed. | Keep values out of cells that only define.
R06 | no such field | The panel lacks a field that a feature needs. | Name a field that it has, or derive it in nbcode.toml.
R07 | no such operator | The nearest is given. | Correct it.
R08 | not an expression | Plain data that describes none. | See describe().
R09 | wrong operand | Expressions take expressions and numbers; they do not change and are not pickled. | Write a new expression; x.to_frame() has the values.
R10 | formula of derive | Names of columns, numbers, + - * / and parentheses. | Correct it.
R11 | unknown name | A namespace, an expression or the inputs have no such name; the nearest is given. | Correct it.
R12 | expression too large | A loop may be building it. | Make several features.
R13 | label of a label | A label is made of a field that is known. | Use a field, such as close.
R24 | estimator not allowed | Only estimators of the allow-list can be named in a definition. | Use one of scikit-learn's regressors.
R25 | estimator's parameter | It has no such parameter, or one was not named. | Name it.
R26 | estimator's value | Out of range, or no plain data. | Give a finite number.
R27 | not reproducible | The estimator draws without a seed, or sums in an order that varies. | Add random_state=0; leave n_jobs out.
R28 | splitter's argument | folds, window, groups or trials cannot be read. | Write folds=12, window="expanding", "rolling:250" or "fixed:750".
R29 | history too short | The sessions that are needed and there are shown. | Fewer folds, shorter windows, or a longer panel.
R30 | fold cannot be fitted | Too few complete rows, or the estimator refused. | Look at the panel's validation report.
R31 | look-ahead in X | A feature looks ahead; the route is shown. | Take the label out of it.
R32 | y is no label | The model predicts a forward return that begins at its session or later. | Use y=fwd_ret_10d.
R33 | not a definition | X, a model or a plan is not what is needed there. | Write m = Ridge().fit(X=[...], y=fwd_ret_10d).
R34 | description of a definition | Plain data that describes none; the path is given. | See describe(m).
R35 | saved model | Files are missing, damaged, or hold a type that a model may not hold. | Promote it again.
R36 | columns missing | The data to predict on lacks columns, holds one twice, or has no named columns at all. | Give a long panel with date, symbol and the fields that `model.needs` names, or one column a feature.
R64 | too little history | The data to predict on has fewer sessions than a feature looks back, or no name of it has a value at every session that is needed, so that no row has a prediction; what is needed and what is there are shown. | Give that many sessions.
R66 | data do not reach the day | `as_of=` asks for the predictions of a day, and the data end before it, or begin after it: the last session that is there is not that day's. `nbcode score` knows holidays where `[data.NAME] calendar` or --calendar names the exchange. | Bring the data of that day, or ask for the last session that is there; name the calendar.
R67 | rows without a prediction | A warning: some rows have none, for want of history or of a value that a feature needs. How many, of which sessions and names, and why. | Give the sessions before the first one that is wanted; see `model.needs`.
R68 | training dates | A warning: rows are of sessions that trained the model, so that their predictions know what came after; they are no test of it. | Ask for later days, `as_of=`, or take the artifact's predictions.parquet, which are out of sample.
R69 | reference table needed | The model was fitted on prices and a table of one row a symbol, and what is to be predicted lacks columns of that table; or the table that was given cannot be used. A version carries the recipe of its data (join, formulas, names of columns), not the data. | Give one: `predict(prices, reference="reference.csv")`, or `load_model(uri, model_config={"reference": "reference.csv"})`; or put its columns beside the prices.
R70 | column by two names | The model's data had their columns renamed. What is to be predicted has a column by its old name and by its new one, and which is meant is not known. | Leave one of them out.
R71 | predicts from features | A version that its notebook's own code fitted predicts from rows of features, and a signal is its own predictions: neither can be made of prices. | Make the features as the notebook does, and give them to the model that `mlflow.pyfunc.load_model` loads.
R72 | too few names | `nbcode score --least-coverage SHARE` asks for a share of the names, and fewer have a prediction: some have no row on the session, or lack history. No file was written. Exit code 5. | Bring the rest of the data, or ask for less.
R65 | code of a notebook | The model holds classes or functions of its notebook or of the project's modules, in `model/code.py` and `model/code-MODULE.py`. Loading it would run that code as you; nothing has run. | Read the file; then load with the digest that is shown: `load_model(uri, model_config={"trust": "sha256:..."})`.
R58 | universe | The universe of a model is no condition, or looks ahead. | Compare, or take the largest: cs.top(features.adv(20), 500).
R59 | weights | The weights of a model are no expression known at its session's close. | Write one, such as features.adv(20).
R37 | YAML form | A line of the YAML form cannot be read; line and column are given. | Correct it there.
R40 | count of a condition | ts.count says on how many sessions there is a value, not on how many a condition is true. | Write ts.sum(condition, 20), or count the values themselves.
R41 | clip to nothing | The lower bound is above the upper one. | Write the lower bound first.
R50 | engine's setting | A mode of the cache, a limit of memory or a tile cannot be what was given. | Write one of those that are named.
R51 | damaged file | A stored block of a column, or a mapped field, is not what was written. Columns are computed again. | Write the panel again.
R52 | cache differs | The cache held other values than were computed; the computed ones are used and take their place. | Find out what changed: a custom feature, or the machine.
R53 | cannot keep on disk | The cache, a page, or the place for columns that do not fit the memory, cannot be written. | Make room, or name another directory.
R54 | frames of a library | Results become frames of pandas, polars or Arrow. | Choose one of them.
R55 | nothing to compare | One of two is no report, or they have no test session in common. | Evaluate both on one panel with one splitter.
R56 | time of day | A panel has one row a session; a time stamp that is not at midnight is not cut off to a date. | Write the session's date.
R57 | ambiguous layout | Which column, level or frame holds what is not said by its names. The choices are given. | Name it, as the message says.
R48 | custom feature | `@feature` needs a function whose source can be read, with one argument an input; what it reads from around it must be constant and not computed from data, and it keeps nothing and fetches nothing itself. A definition names it by digest and never carries its code. | Write it as the message says, or define it where it is used.
R49 | custom feature fails the causality probe | Run again on a shortened panel, on inputs made for the purpose, on its window alone, a second time or as a fresh copy, a `@feature` gave other values, or it raised, wrote into its inputs or returned another shape; session, asset and both values are shown. | Use the last window sessions only.
R44 | winsorize cuts all | A share of one half or more on each side leaves nothing. | Cut less than 0.5, or count deviations with by="std".
R45 | no group | Groups are a classifier, or a factor whose equal values are a group; a name is one of the panel's. | Write data.sector, or cs.quantile(x, 5).
R46 | no exposure | Exposures are factors: no constants, no groups. | Give factors; groups go into groups=.
R47 | nothing to neutralize to | neutralize has neither exposures nor groups. | Give one of them, or write cs.demean(x).
R60 | library not installed | LightGBM and XGBoost are optional. | pip install 'alpha-bench[boost]', or use HistGB.
R61 | preprocessing | A step, or a value of one, that is not known. | Write preprocess=[winsorize(0.01), impute("median"), standardize()].
R62 | sample weights | They are below 0, or the estimator takes none. | Use positive weights; leave them out for an estimator that takes none.
R63 | search | The space or another argument cannot be read, or a training part is too short to choose in. | Write grid_search(Ridge(), {"alpha": [0.1, 1, 10]}); use fewer folds.
T01 | server not trusted | Settings that come with a repository are a stranger's. The server that nbcode.toml names would get models, reports and the credentials of your environment; no request of any kind is sent before you trust it. The same holds for the journal's server. A server that your own MLFLOW_TRACKING_URI or NBCODE_JOURNAL_URI names needs no other word. | `nbcode trust` shows what the project asks for, and asks.
T02 | store outside the project | nbcode would write to a folder that the project does not own, and believe what is in it. Nothing is read or written there before you trust it. | `nbcode trust`, or a `[store] path` inside the project.
T03 | weaker sandbox | nbcode.toml asks for less than the strongest sandbox that holds here. What you write on the command line is your own word. | `nbcode trust`, or `--isolation auto`.
T04 | data outside the project | A dataset of nbcode.toml is a file elsewhere on this machine, or a link to one; its columns and what is computed from it would go into specs, reports and the registry. | `nbcode trust`, or copy the file into the project.
T05 | begun by somebody else | An interrupted promote is resumed only by the user who began it, in the project where it began: each row of the journal bears a seal that only its user's nbcode can make, so one that came with a clone has none. | `nbcode trust` begins it anew as yours; `nbcode promote` the notebook that you have.
T06 | store made elsewhere | The store was not made here by your nbcode: it came with a clone, was copied or was moved. Its journal, registry and artifacts say what somebody else wants. | `nbcode trust`, or remove it: a new one is made.
T07 | kept where others reach it | What you trust, the key that proves what your nbcode wrote, and the store with its journal and registry must be yours alone: whoever can write there could change what is believed. | The `chmod` that is shown.
X00 | internal error | Something that nbcode did not expect. The full report is in the file that is named; nothing was registered that the journal does not know. | Report it with that file; `nbcode resume` finishes what was begun.
X01 | wrong arguments | The command line could not be understood. | See `--help` of the command.
X02 | interrupted | Ctrl-C, a closed terminal or a kill. No process is left, the journal is whole. | `nbcode resume` finishes it.
X03 | not enough memory | This machine has none left for nbcode itself. | Close something, or promote on a larger machine.
X04 | cannot use a file or folder | The disk is full or read-only, or the place belongs to somebody else. | Make room or get access, or choose another place (`[store] path`).
X05 | not a folder | A file is where `nbcode init` was to make a folder. | Name a folder.
X06 | the result could not be written | Standard output is closed, full or failing. What the command did is done, and on record where it records; only its answer is lost. Exit code 3 where the command itself said 0. | Give it an output that takes the answer; after a promote, `nbcode status` says what is on record.
X07 | no such example | `nbcode init --example` names one that does not exist. | `nbcode init --example` alone lists them.
X08 | something else is there | The file that was named for a page or a result holds something else, and nbcode replaces only what it has written; a folder it does not replace at all. | Name another, or remove that one.
X09 | an input is not here | `nbcode rebuild` needs each input of the version by its digest: among the files and folders of `--input`, else where nbcode.toml here has it. | Name its file, or a folder that holds it: the message says digest, day and columns.
X10 | an input has other bytes | What `--input` names, or nbcode.toml here, is not the file that the version was made from: it was revised, appended to or written anew. Nothing was built. | Name the file that was promoted, such as one of a backup.
X11 | another came out | What `nbcode rebuild` makes from the version's sources, inputs and environment is not its spec. Nothing was run. Exit code 3. | Restore the version's files in the registry, or promote what there is now.
X12 | rule for keeping not understood | `--keep` of `nbcode gc` is a list of candidates, production, a time (90d, 12w) and last5. Nothing was removed. | Try it with `--dry-run` first.
"""


def _page(row: str) -> CodePage:
    code, title, why, fix = (part.strip() for part in row.split("|"))
    return CodePage(code=code, title=title, why=why, fix=fix)


PAGES: tuple[CodePage, ...] = tuple(_page(row) for row in _ROWS.strip().splitlines())

RESERVED = frozenset(
    "E07 G08 I02 I04 I09 I10 I11 I12 I13 J01 J02 J03 J04 J05 J06 J07 J08 J09 J10 J11 J12 J13 J14".split()
)
"""Codes that no part of this version raises. Their numbers are taken, so that none ever means two things."""
