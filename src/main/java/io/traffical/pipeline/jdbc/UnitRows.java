package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockReader;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.SelectedColumns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.copy.CopyOut;

/**
 * Reads one unit's rows of one definition, in the order of their times: the definition's own SQL
 * with a condition on the key around it, decoded as a run decodes it.
 */
final class UnitRows {
  private final RunPlan plan;
  private final Definitions definitions;
  private final int read;
  private final DefinitionRef definition;
  private final SelectedColumns selected;
  private final RequiredColumns columns;
  private final Slice slice;
  private final UnitBlockReader block = new UnitBlockReader();
  private final CopiedRow row = new CopiedRow();
  private long received;

  /**
   * Prepares to read.
   *
   * @param plan of one policy
   * @param read place of the definition among the plan's reads, whose range is read at once
   */
  UnitRows(RunPlan plan, Definitions definitions, int read) {
    this.plan = plan;
    this.definitions = definitions;
    this.read = read;
    RunPlan.Read planned = plan.reads().get(read);
    this.definition = planned.definition();
    this.selected = planned.columns();
    this.columns = ReadColumns.of(definitions, definition);
    long start = planned.range().start();
    long end = planned.range().end();
    String sql =
        Slices.template(definitions, definition)
            .render(Micros.toInstant(start), Micros.toInstant(end));
    this.slice =
        new Slice(definition.toString(), Slice.Kind.DEFINITION, read, List.of(), start, end, sql);
  }

  DefinitionRef definition() {
    return definition;
  }

  /**
   * Returns the columns that the SQL returns.
   *
   * @throws UnitSource.RefusedException if they do not fit
   */
  List<Column> describe(GuardedReads reads) throws SQLException {
    List<Column> found = reads.describe(slice.sql());
    List<String> problems = columns.problems(found);
    if (!problems.isEmpty()) {
      throw new UnitSource.RefusedException(
          definition + ": DEFINITION: " + String.join("; ", problems));
    }
    return found;
  }

  /** Returns the type of the column with the unit's key. */
  String keyType(List<Column> found) {
    return type(found, keyColumn());
  }

  String keyColumn() {
    String entity = plan.policies().get(0).entity();
    return definitions.entities().get(entity).keyColumn();
  }

  private static String type(List<Column> found, String name) {
    return found.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow().type();
  }

  /**
   * Hands out the rows of a unit.
   *
   * @param unit its key as a run has it
   */
  void read(Connection connection, String unit, UnitSource.Visitor visitor)
      throws SQLException, IOException {
    try (GuardedReads reads =
        new GuardedReads(connection, definitions.pipeline().statementTimeout())) {
      List<Column> found = describe(reads);
      String condition =
          new KeyCondition(keyColumn(), List.of(unit)).condition(found)
              + " ORDER BY q.%s, q::text".formatted(Tables.identifier(columns.time()));
      CopyOut copy = reads.copyOut(columns.selectList(found), slice.sql(), condition);
      SliceTally tally = new SliceTally(slice, slice.end() - slice.start());
      UnitBlockWriter blocks = new UnitBlockWriter();
      RowDecoder decoder =
          RowDecoder.of(plan, definitions, read, RowDecoder.ALL_ENTITIES, tally, blocks);
      decoder.columns(found);
      byte[] key = unit.getBytes(StandardCharsets.UTF_8);
      for (byte[] message = copy.readFromCopy(); message != null; message = copy.readFromCopy()) {
        if (row.read(message, columns.count())) {
          received++;
          decoder.decode(row);
          blocks.flush();
          hand(blocks.takeFull(), tally.takeRejection(), found, key, visitor);
        }
      }
      CopyEnd.check(copy, received);
    }
  }

  private void hand(
      List<UnitBlock> packed,
      String rejection,
      List<Column> found,
      byte[] key,
      UnitSource.Visitor visitor) {
    if (packed.isEmpty()) {
      if (rejection != null && isOfPolicy()) {
        visitor.rejected(read, time(), rejection);
      }
      return;
    }
    for (UnitBlock of : packed) {
      block.open(of.rows(), of.isOfFacts()).next();
      if (!block.isKey(key)) {
        return; // equal by the column's collation only
      }
      if (!of.isOfFacts()) {
        visitor.exposure(read, block.time(), block.allocation(), block.dimensions());
      } else if (definition.kind() == DefinitionRef.Kind.ASSIGNMENT) {
        visitor.userExposure(read, block.time(), block.values());
      } else {
        visitor.fact(read, block.entity(), block.time(), block.values(), values(found));
      }
    }
  }

  /** Returns whether a rejected exposure may be one of the plan's policy. */
  private boolean isOfPolicy() {
    int policy = columns.keys().size() + 1;
    return definition.kind() == DefinitionRef.Kind.FACT
        || row.isNull(policy)
        || row.text(policy).equals(plan.policies().get(0).policyKey());
  }

  private Long time() {
    int column = columns.keys().size();
    long time = row.isNull(column) ? Long.MAX_VALUE : row.micros(column);
    return time == Long.MAX_VALUE || time == Long.MIN_VALUE ? null : (Long) time;
  }

  private Map<String, Object> values(List<Column> found) {
    Map<String, Object> values = new HashMap<>();
    int column = columns.keys().size() + 1;
    for (String name : selected.numbers()) {
      if (!row.isNull(column)) {
        double number = row.number(column, type(found, name));
        values.put(name, Double.isFinite(number) ? number : Double.NaN);
      }
      column++;
    }
    column += selected.filters().size();
    for (String name : selected.distinct()) {
      if (!row.isNull(column)) {
        values.putIfAbsent(name, row.text(column));
      }
      column++;
    }
    return values;
  }
}
