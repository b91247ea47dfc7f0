-- The least privileges that Traffical needs. Run this in psql as a privileged user, after replacing
-- your_database, analytics (the schema of your data; repeat its three statements for each) and the
-- password. Afterwards, traffical doctor says whether anything is missing.

-- One role for everything.
CREATE ROLE traffical LOGIN PASSWORD '<strong-random-password>';
GRANT CONNECT ON DATABASE your_database TO traffical;

-- Read access to your data. The default privileges cover tables that you, the role that runs this,
-- create later; for tables of another role add FOR ROLE other_role.
GRANT USAGE ON SCHEMA analytics TO traffical;
GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical;
ALTER DEFAULT PRIVILEGES IN SCHEMA analytics
  GRANT SELECT ON TABLES TO traffical;

-- A schema of its own: the first run creates it.
GRANT CREATE ON DATABASE your_database TO traffical;

-- Or, stricter, instead of the last statement: create it yourself.
-- CREATE SCHEMA traffical;
-- GRANT USAGE, CREATE ON SCHEMA traffical TO traffical;

-- Stricter still: let a second role do the reading, one that can write nowhere. Grant it the read
-- access instead of the first role, and name it in traffical.yaml:
--   source: { username: traffical_reader, password: "${TRAFFICAL_READER_PASSWORD}" }
-- CREATE ROLE traffical_reader LOGIN PASSWORD '<another-strong-random-password>';
-- GRANT CONNECT ON DATABASE your_database TO traffical_reader;
-- GRANT USAGE ON SCHEMA analytics TO traffical_reader;
-- GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical_reader;
-- ALTER DEFAULT PRIVILEGES IN SCHEMA analytics
--   GRANT SELECT ON TABLES TO traffical_reader;

-- Tables with row-level security: the role that reads must see all rows, or it reads none.
-- ALTER ROLE traffical BYPASSRLS;
