//! Where the zstd frames of a file end, from their headers alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

const MAGIC: u32 = 0xFD2F_B528;
/// The last half byte of a skippable frame's magic number is free.
const SKIPPABLE: u32 = 0x184D_2A50;
/// Magic number, descriptor, window, dictionary and content size at their longest.
const LONGEST_HEADER: usize = 18;

/// How many bytes of a file are whole frames, from its beginning on.
///
/// Only headers are read: a frame is as long as its blocks say, whatever is in them.
pub fn whole_frames(file: &File, len: u64) -> io::Result<u64> {
    let mut whole = 0;
    while whole < len {
        match frame_end(file, whole, len)? {
            Some(end) => whole = end,
            None => break,
        }
    }
    Ok(whole)
}

/// The end of the frame that begins at `start`; `None` where it is torn, or none.
fn frame_end(file: &File, start: u64, len: u64) -> io::Result<Option<u64>> {
    let mut header = [0; LONGEST_HEADER];
    let read = read_up_to(file, &mut header, start)?;
    let Some(magic) = number(&header[..read], 0, 4) else { return Ok(None) };
    if magic as u32 & 0xFFFF_FFF0 == SKIPPABLE {
        let end = number(&header[..read], 4, 4).map(|size| start + 8 + size);
        return Ok(end.filter(|end| *end <= len));
    }
    let (true, Some(descriptor)) = (magic as u32 == MAGIC, header[..read].get(4)) else { return Ok(None) };
    let mut at = start + header_len(*descriptor);
    loop {
        let mut block = [0; 3];
        if read_up_to(file, &mut block, at)? < block.len() {
            return Ok(None);
        }
        let [low, middle, high] = block;
        let block = u32::from_le_bytes([low, middle, high, 0]);
        let size = match block >> 1 & 3 {
            // One byte, that comes so many times.
            1 => 1,
            0 | 2 => u64::from(block >> 3),
            _ => return Ok(None),
        };
        at += 3 + size;
        if block & 1 == 1 {
            break;
        }
    }
    let has_checksum = descriptor >> 2 & 1 == 1;
    let end = at + if has_checksum { 4 } else { 0 };
    Ok((end <= len).then_some(end))
}

/// The length of a frame's header, magic number included.
fn header_len(descriptor: u8) -> u64 {
    let is_single_segment = descriptor >> 5 & 1 == 1;
    let window = u64::from(!is_single_segment);
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content_size = match descriptor >> 6 {
        0 => u64::from(is_single_segment),
        size => 1 << size,
    };
    5 + window + dictionary + content_size
}

fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + len)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Fewer bytes are read only where the file ends.
fn read_up_to(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        match file.read_at(&mut buffer[read..], at + read as u64) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use proptest::prelude::*;
    use zstd::stream::write::Encoder;

    /// A frame of these bytes, as one of the writers that there are makes it.
    fn frame(bytes: &[u8], checksum: bool, sized: bool) -> Vec<u8> {
        let mut encoder = Encoder::new(vec![], 1).unwrap();
        encoder.include_checksum(checksum).unwrap();
        if sized {
            encoder.set_pledged_src_size(Some(bytes.len() as u64)).unwrap();
            encoder.include_contentsize(true).unwrap();
        }
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn whole(bytes: &[u8]) -> u64 {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        whole_frames(&file, bytes.len() as u64).unwrap()
    }

    /// Text that compresses, bytes that do not, and one byte again and again.
    fn contents() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..700),
            (any::<u8>(), 0_usize..400_000).prop_map(|(byte, times)| vec![byte; times]),
            (0_usize..20_000).prop_map(|times| "{\"a\":1}\n".repeat(times).into_bytes()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn frames_end_where_the_library_says_and_a_torn_one_does_not_count(
            frames in prop::collection::vec((contents(), any::<bool>(), any::<bool>()), 1..4),
            cut in 0.0_f64..1.0,
        ) {
            let mut bytes = vec![];
            let mut ends = vec![0];
            for (contents, checksum, sized) in &frames {
                let frame = frame(contents, *checksum, *sized);
                prop_assert_eq!(zstd::zstd_safe::find_frame_compressed_size(&frame).ok(), Some(frame.len()));
                bytes.extend(frame);
                ends.push(bytes.len());
            }
            prop_assert_eq!(whole(&bytes), bytes.len() as u64);
            let cut = (cut * bytes.len() as f64) as usize;
            let expected = ends.iter().filter(|end| **end <= cut).max().copied().unwrap_or_default();
            prop_assert_eq!(whole(&bytes[..cut]), expected as u64);
        }
    }

    #[test]
    fn what_is_no_frame_ends_the_walk_and_a_skippable_one_does_not() {
        let ours = frame(b"one\n", true, true);
        let skippable = [&0x184D_2A5A_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
        let both = [&ours[..], &skippable, &ours].concat();
        assert_eq!(whole(&both), both.len() as u64);
        assert_eq!(whole(&both[..ours.len() + skippable.len() - 1]), ours.len() as u64);
        assert_eq!(whole(&[&ours[..], &[0; 100]].concat()), ours.len() as u64);
        assert_eq!(whole(b"{\"a\":1}\n"), 0);
    }
}
