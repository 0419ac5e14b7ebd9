BEGIN TRANSACTION;
CREATE TABLE about (
	schema_version INTEGER NOT NULL
, last_sequence INTEGER DEFAULT '0' NOT NULL);
INSERT INTO "about" VALUES(3,23);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('5');
CREATE TABLE payloads (
	"key" VARCHAR(71) NOT NULL, 
	bytes BLOB NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY("key") REFERENCES promotions ("key")
);
INSERT INTO "payloads" VALUES('sha256:a532c1fd25e0db12945582794175aabdae18d9e5f5d8666aa07cf097b5acb300',X'232077616974696E6720FF0A');
CREATE TABLE promotions (
	"key" VARCHAR(71) NOT NULL, 
	model VARCHAR(63) NOT NULL, 
	spec_digest VARCHAR(71) NOT NULL, 
	definition_digest VARCHAR(71) NOT NULL, 
	platform TEXT NOT NULL, 
	notebook TEXT NOT NULL, 
	who TEXT NOT NULL, 
	begun_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempt INTEGER NOT NULL, 
	snapshot VARCHAR(64), 
	run_id VARCHAR(128), 
	isolation_asked VARCHAR(32) NOT NULL, 
	isolation VARCHAR(32), 
	artifact_digest VARCHAR(71), 
	verified_at VARCHAR(32), 
	version INTEGER, 
	superseded BOOLEAN NOT NULL, 
	seconds TEXT NOT NULL, 
	failure TEXT, 
	project TEXT NOT NULL, 
	notebook_digest VARCHAR(71), 
	account TEXT, 
	adopt BOOLEAN NOT NULL, 
	seal VARCHAR(64) NOT NULL, sequence INTEGER DEFAULT '0' NOT NULL, refit_of INTEGER, line VARCHAR(32) DEFAULT '' NOT NULL, runs_on VARCHAR(16) DEFAULT 'here' NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "promotions" VALUES('sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32','xsmom','sha256:a4c3ed04a95a3da14a9d235c83d868bed7c0f45cf7f3faa751ee8f50598d2211','sha256:4c4ed1afbfdaa1e4c3bf7bbb82d730cecb7e384da91eea4f3cc093fd545524d6','linux','a/done.py','quant','2026-01-05T09:00:00.000Z','2026-01-05T10:00:06.000Z','done',1,'cccccccccccccccccccccccccccccccccccccccc','r','auto','namespaces','sha256:c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c','2026-01-05T10:00:03.000Z',1,0,'[["build", 0.25], ["snapshot", 0.5], ["submit", 0.5], ["cells", 0.25], ["run", 0.25], ["verify", 0.5], ["register", 0.5], ["alias", 0.5], ["finish", 0.5]]',NULL,'/home/quant/research','sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',NULL,1,'5555555555555555555555555555555555555555555555555555555555555555',1,NULL,'','here');
INSERT INTO "promotions" VALUES('sha256:a532c1fd25e0db12945582794175aabdae18d9e5f5d8666aa07cf097b5acb300','xsmom','sha256:80cfa3e7f28dde4df64436b652230aff28d7779116d1369c21ef2bbf37261d71','sha256:4c4ed1afbfdaa1e4c3bf7bbb82d730cecb7e384da91eea4f3cc093fd545524d6','linux','a/waiting.py','quant','2026-01-05T09:00:01.000Z','2026-01-05T10:00:01.000Z','submitted',1,'cccccccccccccccccccccccccccccccccccccccc','r','auto',NULL,NULL,NULL,NULL,0,'[["build", 0.25], ["snapshot", 0.5], ["submit", 0.5]]',NULL,'/home/quant/research','sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',NULL,1,'5555555555555555555555555555555555555555555555555555555555555555',2,NULL,'','argo');
INSERT INTO "promotions" VALUES('sha256:53462f6d26176befc8fe53bb4e06893b76dcc3021e98274649550b463e1f1e74','other','sha256:5d28a90f4498a81461efbaf6f628a19d9778390bb5c81a393dd936181cc3d826','sha256:4c4ed1afbfdaa1e4c3bf7bbb82d730cecb7e384da91eea4f3cc093fd545524d6','linux','a/failed.py','other','2026-01-05T11:00:00.000Z','2026-01-05T10:00:00.000Z','failed',2,NULL,NULL,'auto',NULL,NULL,NULL,NULL,0,'[]','["NBC-H01", "cell 3 raised: \u2018\u00c9\u2019", [{"code": "NBC-H01", "cell": 3}]]','',NULL,NULL,0,'5555555555555555555555555555555555555555555555555555555555555555',22,NULL,'','here');
INSERT INTO "promotions" VALUES('sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995','xsmom','sha256:444bd9c51d51643ccd939e7eb50c847bde7bfdfe271f2fca928e7dbfc73377f0','sha256:4c4ed1afbfdaa1e4c3bf7bbb82d730cecb7e384da91eea4f3cc093fd545524d6','linux','a/superseded.py','quant','2026-01-05T08:59:00.000Z','2026-01-05T10:00:06.000Z','done',1,'cccccccccccccccccccccccccccccccccccccccc','r','auto','namespaces','sha256:c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c','2026-01-05T10:00:03.000Z',2,1,'[["build", 0.25], ["snapshot", 0.5], ["submit", 0.5], ["cells", 0.25], ["run", 0.25], ["verify", 0.5], ["register", 0.5], ["alias", 0.5], ["finish", 0.5]]',NULL,'/home/quant/research','sha256:277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',NULL,1,'5555555555555555555555555555555555555555555555555555555555555555',14,NULL,'','here');
CREATE TABLE transitions (
	sequence INTEGER NOT NULL, 
	"key" VARCHAR(71) NOT NULL, 
	attempt INTEGER NOT NULL, 
	"before" VARCHAR(16) NOT NULL, 
	"after" VARCHAR(16) NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	who TEXT NOT NULL, 
	version INTEGER, 
	code VARCHAR(16), 
	PRIMARY KEY (sequence), 
	FOREIGN KEY("key") REFERENCES promotions ("key")
);
INSERT INTO "transitions" VALUES(1,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'','begun','2026-01-05T09:00:00.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(2,'sha256:a532c1fd25e0db12945582794175aabdae18d9e5f5d8666aa07cf097b5acb300',1,'','begun','2026-01-05T09:00:01.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(3,'sha256:53462f6d26176befc8fe53bb4e06893b76dcc3021e98274649550b463e1f1e74',1,'','begun','2026-01-05T09:00:02.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(4,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'begun','snapshotted','2026-01-05T10:00:00.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(5,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'snapshotted','submitted','2026-01-05T10:00:01.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(6,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'submitted','built','2026-01-05T10:00:02.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(7,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'built','verified','2026-01-05T10:00:03.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(8,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'verified','registered','2026-01-05T10:00:04.000Z','quant',1,NULL);
INSERT INTO "transitions" VALUES(9,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'registered','aliased','2026-01-05T10:00:05.000Z','quant',1,NULL);
INSERT INTO "transitions" VALUES(10,'sha256:b5e14a6078c2253c1ab6e0d47eb8b2e32711aa874aeccd96b71280fb64f52b32',1,'aliased','done','2026-01-05T10:00:06.000Z','quant',1,NULL);
INSERT INTO "transitions" VALUES(11,'sha256:a532c1fd25e0db12945582794175aabdae18d9e5f5d8666aa07cf097b5acb300',1,'begun','snapshotted','2026-01-05T10:00:00.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(12,'sha256:a532c1fd25e0db12945582794175aabdae18d9e5f5d8666aa07cf097b5acb300',1,'snapshotted','submitted','2026-01-05T10:00:01.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(13,'sha256:53462f6d26176befc8fe53bb4e06893b76dcc3021e98274649550b463e1f1e74',1,'begun','failed','2026-01-05T10:00:00.000Z','quant',NULL,'NBC-H01');
INSERT INTO "transitions" VALUES(14,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'','begun','2026-01-05T08:59:00.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(15,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'begun','snapshotted','2026-01-05T10:00:00.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(16,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'snapshotted','submitted','2026-01-05T10:00:01.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(17,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'submitted','built','2026-01-05T10:00:02.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(18,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'built','verified','2026-01-05T10:00:03.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(19,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'verified','registered','2026-01-05T10:00:04.000Z','quant',2,NULL);
INSERT INTO "transitions" VALUES(20,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'registered','aliased','2026-01-05T10:00:05.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(21,'sha256:4246624055d266301ecf96a2482bdcee18dc8b69b03bf1192fbbf893951bd995',1,'aliased','done','2026-01-05T10:00:06.000Z','quant',NULL,NULL);
INSERT INTO "transitions" VALUES(22,'sha256:53462f6d26176befc8fe53bb4e06893b76dcc3021e98274649550b463e1f1e74',2,'failed','begun','2026-01-05T11:00:00.000Z','other',NULL,NULL);
INSERT INTO "transitions" VALUES(23,'sha256:53462f6d26176befc8fe53bb4e06893b76dcc3021e98274649550b463e1f1e74',2,'begun','failed','2026-01-05T10:00:00.000Z','other',NULL,'NBC-H01');
CREATE INDEX ix_promotions_model ON promotions (model);
CREATE INDEX ix_promotions_state ON promotions (state);
CREATE INDEX ix_transitions_key ON transitions ("key");
COMMIT;
