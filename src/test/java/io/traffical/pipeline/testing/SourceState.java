package io.traffical.pipeline.testing;

import java.util.ArrayList;
import java.util.List;

/**
 * All that a database holds beside the program's own schemas, one line per thing: schemas,
 * relations, columns, functions, sequences, settings, large objects, and of every table the number
 * of its rows and a digest of them that also changes when a row is written again as it was.
 */
final class SourceState {
  private static final String IS_SOURCE =
      "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname !~ '^traffical'";

  private static final List<String> CATALOG =
      List.of(
          "SELECT 'schema', n.nspname, n.nspowner::regrole, n.nspacl FROM pg_namespace n WHERE %s",
          "SELECT 'relation', c.oid::regclass, c.relkind, c.relowner::regrole, c.relacl FROM"
              + " pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE %s",
          "SELECT 'column', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid,"
              + " a.atttypmod) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN"
              + " pg_namespace n ON n.oid = c.relnamespace WHERE %s AND a.attnum > 0 AND NOT"
              + " a.attisdropped",
          "SELECT 'function', p.oid::regprocedure, md5(p.prosrc) FROM pg_proc p JOIN pg_namespace n"
              + " ON n.oid = p.pronamespace WHERE %s",
          "SELECT 'sequence', s.schemaname, s.sequencename, s.last_value FROM pg_sequences s JOIN"
              + " pg_namespace n ON n.nspname = s.schemaname WHERE %s",
          "SELECT 'setting', setrole::regrole, setconfig FROM pg_db_role_setting WHERE setdatabase"
              + " = (SELECT oid FROM pg_database WHERE datname = current_database())",
          "SELECT 'large object', oid FROM pg_largeobject_metadata");

  private SourceState() {}

  static List<String> of(TestDatabase database) {
    List<String> state = new ArrayList<>();
    for (String query : CATALOG) {
      state.addAll(database.rows(query.replace("%s", IS_SOURCE)));
    }
    List<String> tables =
        database.rows(
            "SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.relkind IN ('r', 'm') AND "
                + IS_SOURCE
                + " ORDER BY c.oid");
    for (String table : tables) {
      state.addAll(
          database.rows(
              "SELECT 'rows', '%s', count(*), md5(string_agg(t.ctid || '/' || t.xmin || t::text, '|' ORDER BY t.ctid)) FROM %1$s t"
                  .formatted(table)));
    }
    state.sort(null);
    return state;
  }
}
