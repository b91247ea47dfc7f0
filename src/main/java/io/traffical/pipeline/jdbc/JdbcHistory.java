package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.job.History;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.Wanted;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/** Looks up history with the team's own SQL, for some units and just the time that they need. */
final class JdbcHistory implements History {
  private static final long serialVersionUID = 1L;
  private static final int ROWS_AT_ONCE = 16_384;

  private final RunPlan plan;
  private final Definitions definitions;

  JdbcHistory(RunPlan plan, Definitions definitions) {
    this.plan = plan;
    this.definitions = definitions;
  }

  @Override
  public LookUps open() {
    return new Open();
  }

  private final class Open implements LookUps {
    private final UnitBlockWriter blocks = new UnitBlockWriter();
    private volatile Connection connection;
    private volatile boolean isAbandoned;

    @Override
    public void lookUp(List<Wanted> units, Consumer<ReadRow> rows) throws IOException {
      Slice slice = slice(units);
      int entity = units.get(0).entity();
      String name = plan.reads().get(slice.index()).entities().get(entity);
      KeyCondition keys =
          new KeyCondition(
              definitions.entities().get(name).keyColumn(),
              units.stream().map(Wanted::unit).toList());
      String what = "definition=" + plan.reads().get(slice.index()).definition();
      try {
        if (connection == null || connection.isClosed()) {
          connection = null;
          connection =
              PostgresConnections.open(
                  definitions.source(), definitions.pipeline().statementTimeout());
        }
        DefinitionCursor cursor =
            new DefinitionCursor(plan, definitions, slice, keys, entity, connection, blocks);
        while (cursor.read(ROWS_AT_ONCE)) {
          blocks.takeFull().forEach(rows);
        }
        blocks.flush();
        blocks.takeFull().forEach(rows);
        rows.accept(cursor.report());
      } catch (SQLException e) {
        boolean isPassing = isAbandoned || (connection != null && SqlFailure.isTransient(e));
        throw isPassing ? ReadException.passing(what, true, e) : ReadException.last(what, true, e);
      }
    }

    /** One query for all, over whole windows: the ledgers take of it what each unit needs. */
    private Slice slice(List<Wanted> units) {
      int read = units.get(0).read();
      long from = units.stream().mapToLong(Wanted::from).min().orElseThrow();
      long to = units.stream().mapToLong(Wanted::to).max().orElseThrow();
      from = Micros.floor(from, plan.window());
      to = Micros.ceil(to, plan.window());
      String sql =
          Slices.template(definitions, plan.reads().get(read).definition())
              .render(Micros.toInstant(from), Micros.toInstant(to));
      return new Slice("history", Slice.Kind.HISTORY, read, List.of(), from, to, sql);
    }

    @Override
    public void abandon() {
      isAbandoned = true;
      Connection abandoned = connection;
      if (abandoned != null) {
        ConnectionEnds.abandon(abandoned);
      }
    }

    @Override
    public void close() {
      Connection closing = connection;
      connection = null;
      ConnectionEnds.close(closing);
    }
  }
}
