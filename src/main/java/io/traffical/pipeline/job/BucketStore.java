package io.traffical.pipeline.job;

import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockWriter;
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

/**
 * Blocks by bucket and kind: in memory up to a budget, beyond it in one temporary file, where each
 * bucket's blocks lie together a few hundred kilobytes at a time.
 */
final class BucketStore implements Closeable {
  private static final long MOST_BYTES = 64L << 20;

  /** All slots together keep at most this share of the heap. */
  private static final int SHARE_OF_HEAP = 4;

  private static final int FILE_BUFFER = 1 << 16;

  private final File directory;
  private final long budget;
  private final List<List<UnitBlock>> inMemory = new ArrayList<>();
  private final List<List<Chunk>> inFile = new ArrayList<>();
  private final long[] bytesByBucket = new long[UnitBlockWriter.BUCKETS];
  private FileChannel file;
  private long bytesInMemory;

  /** Blocks of one bucket and kind that lie one after the other in the file. */
  private record Chunk(long start, int blocks) {}

  /**
   * Keeps little enough in memory that every slot of a task manager can do so.
   *
   * @param directories where temporary files may be created
   * @param subtask chooses one of them
   * @param slots how many tasks share the heap
   */
  BucketStore(File[] directories, int subtask, int slots) {
    this(
        directories[subtask % directories.length],
        Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / slots));
  }

  BucketStore(File directory, long budget) {
    this.directory = directory;
    this.budget = budget;
    for (int i = 0; i < 2 * UnitBlockWriter.BUCKETS; i++) {
      inMemory.add(new ArrayList<>());
      inFile.add(new ArrayList<>());
    }
  }

  private static int place(int bucket, boolean isOfFacts) {
    return 2 * bucket + (isOfFacts ? 1 : 0);
  }

  void add(UnitBlock block) throws IOException {
    inMemory.get(place(block.bucket(), block.isOfFacts())).add(block);
    bytesByBucket[block.bucket()] += block.rows().length;
    bytesInMemory += block.rows().length;
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
      List<UnitBlock> blocks = inMemory.get(i);
      if (!blocks.isEmpty()) {
        inFile.get(i).add(new Chunk(file.position(), blocks.size()));
        for (UnitBlock block : blocks) {
          out.writeInt(block.rows().length);
          out.write(block.rows());
        }
        out.flush();
        blocks.clear();
      }
    }
    bytesInMemory = 0;
  }

  /** Returns how many bytes of rows a bucket has. */
  long bytes(int bucket) {
    return bytesByBucket[bucket];
  }

  /** Hands out the blocks of a bucket and kind; may be done again until they are forgotten. */
  void read(int bucket, boolean isOfFacts, Consumer<UnitBlock> reader) throws IOException {
    int place = place(bucket, isOfFacts);
    for (Chunk chunk : inFile.get(place)) {
      file.position(chunk.start());
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(file), FILE_BUFFER));
      for (int i = 0; i < chunk.blocks(); i++) {
        byte[] rows = new byte[in.readInt()];
        in.readFully(rows);
        reader.accept(new UnitBlock(bucket, isOfFacts, rows));
      }
    }
    inMemory.get(place).forEach(reader);
  }

  /** Frees the memory of a bucket, which is not read again. */
  void forget(int bucket) {
    inMemory.set(place(bucket, false), List.of());
    inMemory.set(place(bucket, true), List.of());
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
