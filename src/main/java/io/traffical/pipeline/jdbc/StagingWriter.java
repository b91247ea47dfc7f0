package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.StagedRows;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.postgresql.PGConnection;

/**
 * Copies rows into a staging table, a few megabytes per short transaction, and gives its word at
 * the end of its input. A retried writer stages again under the next attempt's number.
 */
final class StagingWriter<T> extends AbstractStreamOperator<StagedRows>
    implements OneInputStreamOperator<T, StagedRows>, BoundedOneInput {
  private static final long serialVersionUID = 1L;
  private static final int FLUSH_BYTES = 4 << 20;

  private final Staging.Table<T> table;
  private final Definitions definitions;
  private final String runId;
  private transient BinaryCopyBuffer buffer;
  private transient Connection connection;
  private transient long buffered;
  private transient long staged;

  StagingWriter(Staging.Table<T> table, Definitions definitions, String runId) {
    this.table = table;
    this.definitions = definitions;
    this.runId = runId;
  }

  @Override
  public void processElement(StreamRecord<T> element) throws Exception {
    if (buffer == null) {
      buffer = new BinaryCopyBuffer();
    }
    buffer.row(table.columnCount()).int4(writer()).int4(attempt());
    table.writer().write(element.getValue(), buffer);
    buffered++;
    if (buffer.size() >= FLUSH_BYTES) {
      flush();
    }
  }

  @Override
  public void endInput() throws Exception {
    flush();
    output.collect(new StreamRecord<>(new StagedRows(table.name(), writer(), attempt(), staged)));
  }

  private void flush() throws SQLException, IOException {
    if (buffered == 0) {
      return;
    }
    if (connection == null) {
      connection =
          PostgresConnections.open(
              definitions.connection(), definitions.pipeline().statementTimeout());
    }
    String copy =
        "COPY "
            + new Tables(definitions.schema()).name(table.tableName(runId))
            + " FROM STDIN (FORMAT binary)";
    long copied =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(copy, new ByteArrayInputStream(buffer.finish()));
    if (copied != buffered) {
      throw new IOException("staged " + copied + " rows of " + buffered);
    }
    staged += copied;
    buffered = 0;
  }

  private int writer() {
    return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
  }

  private int attempt() {
    return getRuntimeContext().getTaskInfo().getAttemptNumber();
  }

  @Override
  public void close() throws Exception {
    if (connection != null) {
      connection.close();
    }
    super.close();
  }
}
