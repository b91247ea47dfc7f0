-- The least privileges that Traffical needs. Run this in psql as a privileged user, after replacing
-- your_database, analytics (the schema of your data; repeat for each) and the password.

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
