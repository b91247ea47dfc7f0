package io.traffical.pipeline.job;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * Blocks of bytes by place: in memory up to a budget, beyond it in one temporary file, where the
 * blocks of a place lie together a few hundred kilobytes at a time.
 */
final class BlockStore implements Closeable {
  private static final long MOST_BYTES = 64L << 20;

  /** All slots together keep at most this share of the heap. */
  private static final int SHARE_OF_HEAP = 4;

  private static final int FILE_BUFFER = 1 << 16;

  private final File directory;
  private final long budget;
  private final List<List<byte[]>> inMemory = new ArrayList<>();
  private final List<List<Chunk>> inFile = new ArrayList<>();
  private final long[] bytesByPlace;
  private FileChannel file;
  private long bytesInMemory;

  /** Blocks of one place that lie one after the other in the file. */
  private record Chunk(long start, int blocks) {}

  /**
   * Keeps little enough in memory that every slot of a task manager can do so.
   *
   * @param places how many places there are
   * @param directories where temporary files may be created
   * @param subtask chooses one of them
   * @param slots how many tasks share the heap
   */
  BlockStore(int places, File[] directories, int subtask, int slots) {
    this(
        places,
        directories[subtask % directories.length],
        Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / slots));
  }

  BlockStore(int places, File directory, long budget) {
    this.directory = directory;
    this.budget = budget;
    this.bytesByPlace = new long[places];
    for (int i = 0; i < places; i++) {
      inMemory.add(new ArrayList<>());
      inFile.add(new ArrayList<>());
    }
  }

  /** Opens the store of a task, in the directories and with the memory that it may use. */
  static BlockStore of(int places, StreamTask<?, ?> task) {
    Environment environment = task.getEnvironment();
    return new BlockStore(
        places,
        environment.getIOManager().getSpillingDirectories(),
        environment.getTaskInfo().getIndexOfThisSubtask(),
        environment.getTaskManagerInfo().getConfiguration().get(TaskManagerOptions.NUM_TASK_SLOTS));
  }

  void add(int place, byte[] block) throws IOException {
    inMemory.get(place).add(block);
    bytesByPlace[place] += block.length;
    bytesInMemory += block.length;
    if (bytesInMemory > budget) {
      spill();
    }
  }

  private void spill() throws IOException {
    if (file == null) {
      // Where the system allows it the file loses its name at once: nothing is left after a crash.
      Path path = Files.createTempFile(directory.toPath(), "traffical-", ".blocks");
      file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    file.position(file.size());
    // Not closed: closing the stream would close the file.
    DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file), FILE_BUFFER));
    for (int i = 0; i < inMemory.size(); i++) {
      List<byte[]> blocks = inMemory.get(i);
      if (!blocks.isEmpty()) {
        inFile.get(i).add(new Chunk(file.position(), blocks.size()));
        for (byte[] block : blocks) {
          out.writeInt(block.length);
          out.write(block);
        }
        out.flush();
        blocks.clear();
      }
    }
    bytesInMemory = 0;
  }

  /** Returns how many bytes a place has. */
  long bytes(int place) {
    return bytesByPlace[place];
  }

  /** Hands out the blocks of a place in their order; may be done again until they are forgotten. */
  void read(int place, Consumer<byte[]> reader) throws IOException {
    for (Chunk chunk : inFile.get(place)) {
      file.position(chunk.start());
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(file), FILE_BUFFER));
      for (int i = 0; i < chunk.blocks(); i++) {
        byte[] block = new byte[in.readInt()];
        in.readFully(block);
        reader.accept(block);
      }
    }
    inMemory.get(place).forEach(reader);
  }

  /** Frees the memory of a place, which is not read again. */
  void forget(int place) {
    inMemory.set(place, List.of());
  }

  /** Returns how much has gone to disk. */
  long bytesOnDisk() throws IOException {
    return file == null ? 0 : file.size();
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
